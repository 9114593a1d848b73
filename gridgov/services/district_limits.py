"""The usual limits of a district: for every class that says nothing of a stage itself.

They are part of the catalogue: a change is a new version of it, and a case keeps the ones
of the version it was made with.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from gridgov.domain.stage_limits import Allowed, read_limits, written
from gridgov.domain.stages import Stage
from gridgov.domain.table_imports import Change, Plan, Table, change_of
from gridgov.services import setup_base
from gridgov.services.reference import USUAL_LIMITS
from gridgov.services.setup_base import Prepared
from gridgov.storage import districts

# To accept and to handle every class has its own.
STAGES = (
    *(Stage.VERIFY, Stage.DISPATCH, Stage.SIGN, Stage.CHECK, Stage.APPEAL),
    *(Stage.INFO, Stage.RULING, Stage.RECORD),
)
KEY = "usual_limits"


def of(session: Session, district_code: str) -> dict[str, Allowed]:
    """Return stage → what the district allows now, beside the built-in limits. Raises: NotFound."""
    kept = districts.get(session, district_code).settings.get(USUAL_LIMITS, ())
    return read_limits(kept[-1]["limits"]) if kept else {}


def change(before: Mapping[str, Allowed], after: Mapping[str, Allowed]) -> Change:
    """Return what setting other limits changes."""
    return change_of(KEY, KEY, _fields(before), _fields(after))


def _fields(limits: Mapping[str, Allowed]) -> dict[str, str]:
    return {f"{stage}_limit": str(limits.get(stage, "")) for stage in STAGES}


def prepare(session: Session, district_code: str, wanted: Mapping[str, Allowed]) -> Prepared:
    """Return what setting the usual limits would do. Raises: NotFound."""
    moved = change(of(session, district_code), wanted)

    def write() -> int:
        return put(session, district_code, wanted)

    return Prepared(Plan(str(Table.CATALOGUE), (moved,), ()), write)


def put(session: Session, district_code: str, wanted: Mapping[str, Allowed]) -> int:
    """Write the usual limits as a new version of the catalogue and return it. Raises: NotFound."""
    district = districts.freeze(session, district_code)
    version = district.catalogue_version + 1
    kept = district.settings.get(USUAL_LIMITS, ())
    line = {"since": version, "limits": written(wanted)}
    setup_base.revise(session, district_code, **{USUAL_LIMITS: [*kept, line]})
    district.catalogue_version = version
    session.flush()
    return version
