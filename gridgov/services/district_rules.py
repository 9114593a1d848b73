"""Rules of a district that an administrator switches: the ladder, the night, storms."""

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.stages import URGENT
from gridgov.domain.storms import StormRule
from gridgov.services import setup_base
from gridgov.services.timers import FILLED
from gridgov.storage import districts

SEVERITIES = range(1, 5)


@dataclass(frozen=True, slots=True)
class Rules:
    """Whether cases climb by themselves, from which severity limits run at night, storms.

    `natural_from` is a severity from 1 to 4, None where limits never run at night.
    """

    ladder: bool
    natural_from: int | None
    storm: StormRule


def rules_of(session: Session, district_code: str) -> Rules:
    """Return the rules of a district as they stand. Raises: NotFound."""
    settings = districts.get(session, district_code).settings
    ladder = bool(settings.get("ladder", False))
    return Rules(
        ladder,
        settings.get("natural_from", URGENT if ladder else None),
        StormRule.from_settings(settings.get("storm", {})),
    )


def set_rules(session: Session, district_code: str, rules: Rules) -> None:
    """Set the rules of a district; every process notices, limits from now on follow them.

    What comes due on open cases is planned anew by the next sweep.
    Raises: InvalidInput (natural_from; reports, minutes, radius_m, lasts_hours), NotFound.
    """
    if rules.natural_from is not None and rules.natural_from not in SEVERITIES:
        raise InvalidInput("natural_from", "invalid")
    storm = asdict(rules.storm)
    for name, value in storm.items():
        if not value > 0 or (name == "reports" and value < 2):
            raise InvalidInput(name, "too_small")
    setup_base.revise(
        session,
        district_code,
        ladder=rules.ladder,
        natural_from=rules.natural_from,
        storm=storm,
        **{FILLED: False},
    )
