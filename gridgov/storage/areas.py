"""Areas: the tree district → town → village → grid, in generations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
    Uuid,
    delete,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.domain.areas import AreaShape
from gridgov.domain.errors import NotFound
from gridgov.storage.base import Base, Geo, Json, UtcDateTime
from gridgov.storage.ids import new_id

DRAFT, ACTIVE, RETIRED, DISCARDED = "draft", "active", "retired", "discarded"
IS_ACTIVE = f"status = '{ACTIVE}'"
# Area code → what people name a place by, as it is kept.
Landmarks = Mapping[str, list[dict[str, Any]]]


class GridVersion(Base):
    """One seamless generation of a district's areas (网格版本).

    draft → active → retired, or discarded. `base_number` is the version that was active
    when the draft was made; its news are told against that one. `effective_on` is the
    local day of the activation, the only day on which it can be undone; `duties` keeps
    what the activation did to the roster, so that the undo can take it back.
    """

    __tablename__ = "grid_versions"
    __table_args__ = (
        UniqueConstraint("district_code", "number"),
        # Whatever happens, a district has one active version.
        Index(
            "uq_grid_versions_active",
            "district_code",
            unique=True,
            sqlite_where=text(IS_ACTIVE),
            postgresql_where=text(IS_ACTIVE),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    number: Mapped[int]
    status: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    base_number: Mapped[int | None]
    note: Mapped[str | None]
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    activated_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    effective_on: Mapped[date | None]
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    duties: Mapped[dict[str, Any] | None] = mapped_column(Json)
    revision: Mapped[UUID | None]  # another one after every step of editing a draft


class Area(Base):
    """A node of the tree in one generation; (district, code) is its lasting identity.

    Professional grids (专业网格) overlay unit grids and name the categories they take.
    """

    __tablename__ = "areas"
    __table_args__ = (
        UniqueConstraint("grid_version_id", "code"),
        Index("ix_areas_district_code_code", "district_code", "code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    grid_version_id: Mapped[UUID] = mapped_column(ForeignKey("grid_versions.id"))
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    code: Mapped[str]
    parent_code: Mapped[str | None]
    kind: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    geometry: Mapped[BaseGeometry] = mapped_column(Geo("GEOMETRY"))
    categories: Mapped[list[str]] = mapped_column(Json, default=list)
    landmarks: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)


Index("ix_areas_geometry_gist", Area.geometry, postgresql_using="gist").ddl_if(dialect="postgresql")

AREAS = cast(Table, Area.__table__)
# What an area is, besides where it is kept.
FIELDS = ("code", "parent_code", "kind", "name", "name_en", "geometry", "categories", "landmarks")
Row = Mapping[str, Any]
CODES_AT_ONCE = 10_000  # a statement takes 32,766 values (SQLite) or 65,535 (PostgreSQL)


def active_version(session: Session, district_code: str) -> GridVersion | None:
    """Return the active generation of a district, None before the first activation."""
    return session.scalar(
        select(GridVersion).where(
            GridVersion.district_code == district_code, GridVersion.status == ACTIVE
        )
    )


def of_version(session: Session, grid_version_id: UUID) -> Sequence[Area]:
    """Return all areas of a generation, by code."""
    return session.scalars(
        select(Area).where(Area.grid_version_id == grid_version_id).order_by(Area.code)
    ).all()


def versions(session: Session, district_code: str) -> Sequence[GridVersion]:
    """Return all generations of a district, newest number first."""
    return session.scalars(
        select(GridVersion)
        .where(GridVersion.district_code == district_code)
        .order_by(GridVersion.number.desc())
    ).all()


def version(session: Session, district_code: str, number: int) -> GridVersion:
    """Return one generation of a district. Raises: NotFound."""
    found = session.scalar(
        select(GridVersion).where(
            GridVersion.district_code == district_code, GridVersion.number == number
        )
    )
    if found is None:
        raise NotFound(f"district {district_code} has no grid version {number}", number=number)
    return found


def lock_version(session: Session, version_id: UUID) -> GridVersion:
    """Lock a generation for this unit of work and return it fresh. Raises: NotFound."""
    found = session.get(GridVersion, version_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"no grid version {version_id}")
    return found


def last_number(session: Session, district_code: str) -> int:
    """Return the highest number given out to a generation of a district; 0 for none."""
    highest = select(func.max(GridVersion.number))
    return session.scalar(highest.where(GridVersion.district_code == district_code)) or 0


def row_of(shape: AreaShape, landmarks: Landmarks) -> dict[str, Any]:
    """Return an area as it is stored."""
    return {
        "code": shape.code,
        "parent_code": shape.parent_code,
        "kind": str(shape.kind),
        "name": shape.name,
        "name_en": shape.name_en,
        "geometry": shape.geometry,
        "categories": sorted(shape.categories),
        "landmarks": landmarks.get(shape.code, []),
    }


def add_areas(session: Session, made: GridVersion, rows: Sequence[Row]) -> None:
    """Write areas of a generation, each with the FIELDS of an area."""
    where = {"grid_version_id": made.id, "district_code": made.district_code}
    if rows:
        session.connection().execute(
            insert(AREAS), [{"id": new_id(), **where, **row} for row in rows]
        )


def remove_areas(session: Session, made: GridVersion, codes: Collection[str] | None) -> None:
    """Delete areas of a generation that was never active: some codes, or all (None)."""
    query = delete(AREAS).where(AREAS.c.grid_version_id == made.id)
    parts = [query] if codes is None else [query.where(chosen) for chosen in _among(codes)]
    for part in parts:
        session.connection().execute(part)


def _among(codes: Collection[str]) -> list[ColumnElement[bool]]:
    """Return the condition that a code is one of some, in parts a database takes."""
    ordered = sorted(codes)
    starts = range(0, len(ordered), CODES_AT_ONCE)
    return [AREAS.c.code.in_(ordered[start : start + CODES_AT_ONCE]) for start in starts]


def copy_areas(session: Session, source: GridVersion, target: GridVersion) -> None:
    """Copy all areas of one generation to another, within the database.

    150,000 areas are not worth a round trip each; the row ids are seen by nobody.
    """
    postgresql = session.get_bind().dialect.name == "postgresql"
    made_id = func.gen_random_uuid() if postgresql else func.lower(func.hex(func.randomblob(16)))
    same = [AREAS.c.district_code, *(AREAS.c[name] for name in FIELDS)]
    chosen = select(made_id, literal(target.id, Uuid()), *same)
    session.connection().execute(
        insert(AREAS).from_select(
            ["id", "grid_version_id", "district_code", *FIELDS],
            chosen.where(AREAS.c.grid_version_id == source.id),
        )
    )


def rows_of(session: Session, made: GridVersion) -> list[Row]:
    """Return the FIELDS of all areas of a generation, by code."""
    query = select(*(AREAS.c[name] for name in FIELDS)).where(AREAS.c.grid_version_id == made.id)
    return [dict(row) for row in session.execute(query.order_by(AREAS.c.code)).mappings()]


def find_areas(session: Session, made: GridVersion, codes: Collection[str]) -> list[Row]:
    """Return the FIELDS of some areas of a generation, by code."""
    query = select(*(AREAS.c[name] for name in FIELDS)).where(AREAS.c.grid_version_id == made.id)
    found: list[Row] = []
    for chosen in _among(codes):
        rows = session.execute(query.where(chosen).order_by(AREAS.c.code))
        found += [dict(row) for row in rows.mappings()]
    return found


def areas_near(
    session: Session, made: GridVersion, kinds: Collection[str], ground: BaseGeometry
) -> list[Row]:
    """Return the FIELDS of the areas of a generation whose box meets that of some ground."""
    query = select(AREAS.c.code, AREAS.c.geometry).where(
        AREAS.c.grid_version_id == made.id, AREAS.c.kind.in_(sorted(kinds))
    )
    west, south, east, north = ground.bounds
    if session.get_bind().dialect.name == "postgresql":
        box = func.ST_MakeEnvelope(west, south, east, north, 4326)
        query = query.where(AREAS.c.geometry.op("&&")(box))
    rows = session.execute(query).all()
    # SQLite has no spatial index: all outlines are read, but nothing else of the areas.
    boxes = shapely.bounds([row.geometry for row in rows]).reshape(-1, 4)
    near = (
        (boxes[:, 0] <= east)
        & (boxes[:, 2] >= west)
        & (boxes[:, 1] <= north)
        & (boxes[:, 3] >= south)
    )
    return find_areas(session, made, [rows[place].code for place in near.nonzero()[0]])


def kind_counts(session: Session, versions: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many areas of each kind some generations have, by their id."""
    query = select(AREAS.c.grid_version_id, AREAS.c.kind, func.count())
    query = query.where(AREAS.c.grid_version_id.in_(versions))
    found: dict[UUID, dict[str, int]] = {one: {} for one in versions}
    for version_id, kind, count in session.execute(
        query.group_by(AREAS.c.grid_version_id, AREAS.c.kind)
    ):
        found[version_id][kind] = count
    return found


def used_codes(session: Session, district_code: str, stem: str) -> frozenset[str]:
    """Return the codes that begin with a stem in any generation of a district."""
    begins = func.substr(Area.code, 1, len(stem)) == stem
    query = select(Area.code).where(Area.district_code == district_code, begins)
    return frozenset(session.scalars(query.distinct()))


def former(session: Session, district_code: str, active_id: UUID) -> Sequence[Any]:
    """Return (code, parent_code, kind, name, name_en) of areas that only older versions have.

    The newest of each code that was active once; for pages about cases of their time.
    """
    current = select(Area.code).where(Area.grid_version_id == active_id)
    fields = (Area.code, Area.parent_code, Area.kind, Area.name, Area.name_en)
    rows = session.execute(
        select(*fields)
        .join(GridVersion, GridVersion.id == Area.grid_version_id)
        .where(
            GridVersion.district_code == district_code,
            GridVersion.id != active_id,
            GridVersion.activated_at.is_not(None),
            Area.code.not_in(current),
        )
        .order_by(GridVersion.number)
    )
    return list({row.code: row for row in rows}.values())
