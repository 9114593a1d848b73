"""Areas: the tree district → town → village → grid, in generations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.storage.base import Base, Geo, Json, UtcDateTime
from gridgov.storage.ids import new_id


class GridVersion(Base):
    """One seamless generation of a district's areas (网格版本): draft, active, retired."""

    __tablename__ = "grid_versions"
    __table_args__ = (UniqueConstraint("district_code", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    number: Mapped[int]
    status: Mapped[str]
    synthetic: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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


def active_version(session: Session, district_code: str) -> GridVersion | None:
    """Return the active generation of a district, None before the first activation."""
    return session.scalar(
        select(GridVersion).where(
            GridVersion.district_code == district_code, GridVersion.status == "active"
        )
    )


def of_version(session: Session, grid_version_id: UUID) -> Sequence[Area]:
    """Return all areas of a generation, by code."""
    return session.scalars(
        select(Area).where(Area.grid_version_id == grid_version_id).order_by(Area.code)
    ).all()
