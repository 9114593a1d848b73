"""Many closed cases at once, with much in them that must never become public."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id, new_receipt_code
from gridgov.storage.reports import Report
from tests.support.acts import DISTRICT

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
SECRET = "我叫王小明，电话13812345678，住沿江路18号3栋501房，粤E·88888的车堵着门"


@dataclass(frozen=True)
class Told:
    """A case as it was made: what may be told of it, and what may not."""

    case_id: UUID
    number: str
    village: str
    category: str
    lon: float
    lat: float
    text: str


def _copy(row: Any, **changes: Any) -> Any:
    """Return a new row like another one."""
    kept = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return type(row)(**(kept | changes))


def make(
    session: Session, model: Case, plan: dict[tuple[str, str], int], *, seed: int = 7
) -> list[Told]:
    """Add (village, category) → how many closed cases of October 2026, like a closed one.

    Each has a report with words about a person; nobody but the database knows them.
    """
    chance, made = Random(seed), []
    reference = references.of(session, DISTRICT)
    report = session.scalars(select(Report).where(Report.case_id == model.id)).first()
    assert report is not None
    for (village, category), count in sorted(plan.items()):
        for _ in range(count):
            told = _one(session, reference, (model, report), (village, category), chance)
            made.append(told)
            session.flush()
    return made


def _one(
    session: Session,
    reference: Reference,
    models: tuple[Case, Report],
    where: tuple[str, str],
    chance: Random,
) -> Told:
    case, report = models
    village, category = where
    area = reference.net.area(village)
    assert area.kind is AreaKind.VILLAGE and area.geometry is not None
    spot = area.geometry.representative_point()
    lon, lat = (at + chance.uniform(-0.0015, 0.0015) for at in (spot.x, spot.y))
    received = OCTOBER + timedelta(hours=chance.uniform(1, 20 * 24))
    closed = received + timedelta(hours=chance.uniform(2, 9 * 24))
    number = f"440608-261001-{new_id().int % 10**9:09}"
    text = f"{SECRET}（{chance.randrange(10**6)}）"
    made = _copy(
        case,
        id=new_id(),
        number=number,
        category_code=category,
        town_code=area.parent_code,
        village_code=village,
        grid_code=None,
        lon=lon,
        lat=lat,
        place="沿江路18号501房",
        received_at=received,
        received_on=reference.local_day(received),
        closed_at=closed,
        first_closed_at=closed,
    )
    session.add(made)
    session.flush()
    session.add(
        _copy(
            report,
            id=new_id(),
            case_id=made.id,
            text=text,
            client_token=f"many-{made.id}",
            receipt_code=new_receipt_code(),
            lon=lon,
            lat=lat,
        )
    )
    return Told(made.id, number, village, category, lon, lat, text)
