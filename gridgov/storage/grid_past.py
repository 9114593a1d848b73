"""Reading the past of a district for a rehearsal: positions of many cases, open cases."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridgov.domain.workflow import INVALID_STATES, OPEN_STATES
from gridgov.storage.cases import Case

PAGE = 50_000

Positions = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_], NDArray[np.bool_]]


def _received(district_code: str, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [
        Case.district_code == district_code,
        Case.received_at >= since,
        Case.received_at < until,
        Case.state.not_in(sorted(INVALID_STATES)),
    ]


def positions(session: Session, district_code: str, since: datetime, until: datetime) -> Positions:
    """Return longitudes, latitudes, categories and what is confidential, of a time.

    The valid cases received from `since` on, before `until`; those without a position are
    left out. Rows are read in pages: a million as objects would take half a gigabyte.
    """
    columns = (Case.lon, Case.lat, Case.category_code, Case.confidential)
    query = select(*columns).where(
        *_received(district_code, since, until), Case.lon.is_not(None), Case.lat.is_not(None)
    )
    lons: list[NDArray[np.float64]] = [np.empty(0)]
    lats: list[NDArray[np.float64]] = [np.empty(0)]
    names: list[NDArray[np.str_]] = [np.empty(0, dtype=np.str_)]
    hidden: list[NDArray[np.bool_]] = [np.empty(0, dtype=np.bool_)]
    for page in session.execute(query.execution_options(yield_per=PAGE)).partitions():
        lon, lat, name, confidential = zip(*page, strict=True)
        lons.append(np.array(lon, dtype=np.float64))
        lats.append(np.array(lat, dtype=np.float64))
        names.append(np.array(name, dtype=np.str_))
        hidden.append(np.array(confidential, dtype=np.bool_))
    return (
        np.concatenate(lons),
        np.concatenate(lats),
        np.concatenate(names),
        np.concatenate(hidden),
    )


Box = tuple[float, float, float, float]


def pages_in(
    session: Session, district_code: str, since: datetime, until: datetime, box: Box
) -> Iterator[Sequence[Any]]:
    """Yield pages of the valid cases of a time in a box, as they were received.

    `box` is west, south, east, north in degrees. Each row has id, number, received_at,
    state, category_code, confidential, lon and lat.
    """
    west, south, east, north = box
    columns = (
        Case.id,
        Case.number,
        Case.received_at,
        Case.state,
        Case.category_code,
        Case.confidential,
        Case.lon,
        Case.lat,
    )
    query = (
        select(*columns)
        .where(
            *_received(district_code, since, until),
            Case.lon.between(west, east),
            Case.lat.between(south, north),
        )
        .order_by(Case.received_at, Case.id)
    )
    yield from session.execute(query.execution_options(yield_per=PAGE)).partitions()


def at_least(
    session: Session, district_code: str, since: datetime, until: datetime, enough: int
) -> bool:
    """Tell whether a time has so many valid cases with a position, without counting on."""
    few = (
        select(Case.id)
        .where(*_received(district_code, since, until), Case.lon.is_not(None))
        .limit(enough)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(few)) == enough


def newest(session: Session, district_code: str) -> date | None:
    """Return the local day on which the last case of a district was received, None for none."""
    last = select(func.max(Case.received_on)).where(Case.district_code == district_code)
    return session.scalar(last)


def spots_in(
    session: Session, district_code: str, first: date, last: date, box: Box
) -> Sequence[tuple[float, float]]:
    """Return (lon, lat) of the valid cases received on some local days in a box.

    `box` is west, south, east, north in degrees; both days are included.
    """
    west, south, east, north = box
    query = select(Case.lon, Case.lat).where(
        Case.district_code == district_code,
        Case.received_on.between(first, last),
        Case.state.not_in(sorted(INVALID_STATES)),
        Case.lon.between(west, east),
        Case.lat.between(south, north),
    )
    return [(row.lon, row.lat) for row in session.execute(query)]


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
