"""Reading the past of a district for a rehearsal: positions of many cases, open cases."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridgov.domain.workflow import INVALID_STATES, OPEN_STATES
from gridgov.storage.cases import Case

PAGE = 50_000

Positions = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]


def _received(district_code: str, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [
        Case.district_code == district_code,
        Case.received_at >= since,
        Case.received_at < until,
        Case.state.not_in(sorted(INVALID_STATES)),
    ]


def positions(session: Session, district_code: str, since: datetime, until: datetime) -> Positions:
    """Return longitudes, latitudes and categories of the valid cases received in a time.

    Those without a position are left out. Rows are read in pages: a million as objects
    would take half a gigabyte.
    """
    query = select(Case.lon, Case.lat, Case.category_code).where(
        *_received(district_code, since, until), Case.lon.is_not(None), Case.lat.is_not(None)
    )
    lons: list[NDArray[np.float64]] = [np.empty(0)]
    lats: list[NDArray[np.float64]] = [np.empty(0)]
    names: list[NDArray[np.str_]] = [np.empty(0, dtype=np.str_)]
    for page in session.execute(query.execution_options(yield_per=PAGE)).partitions():
        lon, lat, name = zip(*page, strict=True)
        lons.append(np.array(lon, dtype=np.float64))
        lats.append(np.array(lat, dtype=np.float64))
        names.append(np.array(name, dtype=np.str_))
    return np.concatenate(lons), np.concatenate(lats), np.concatenate(names)


def without_position(session: Session, district_code: str, since: datetime, until: datetime) -> int:
    """Count the valid cases of a time whose place is only known by name."""
    query = select(func.count()).select_from(Case)
    return (
        session.scalar(query.where(*_received(district_code, since, until), Case.lon.is_(None)))
        or 0
    )


def open_cases(session: Session, district_code: str) -> Sequence[Case]:
    """Return all open cases of a district, by id, not locked."""
    return session.scalars(
        select(Case)
        .where(Case.district_code == district_code, Case.state.in_(sorted(OPEN_STATES)))
        .order_by(Case.id)
    ).all()
