"""What every table shares: the declarative base and the column types.

One set of models runs on stock SQLite and on PostgreSQL + PostGIS. What differs
between the two lives in this file, in `session.py` and in `messages.py`.
"""

from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from geoalchemy2 import Geometry, WKBElement
from shapely import from_wkb, to_wkb
from shapely.geometry.base import BaseGeometry
from sqlalchemy import JSON, DateTime, LargeBinary, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The plain declarative base of every row class."""

    metadata = MetaData(naming_convention=NAMING)


# Flask-SQLAlchemy owns the engines; the models stay on the plain base above, so
# that the extension could be replaced without touching a table.
db = SQLAlchemy(model_class=Base, disable_autonaming=True)

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment. A naive value is refused: it would mean nobody's time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware moment into UTC before it is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every moment back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Geo(TypeDecorator[BaseGeometry]):
    """A shapely geometry in WGS-84: PostGIS geometry there, WKB in SQLite.

    GeoAlchemy2's listeners read `spatial_index` and `use_typmod` from the column
    type and call `load_dialect_impl(None)`; both are answered here.
    """

    impl = LargeBinary
    cache_ok = True
    spatial_index = False
    use_typmod = None

    def __init__(self, geometry_type: str = "GEOMETRY", srid: int = 4326) -> None:
        """Fix the PostGIS type and reference system of the column."""
        super().__init__()
        self.geometry_type = geometry_type
        self.srid = srid

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        """Choose the native type of the database."""
        if dialect is not None and dialect.name == "postgresql":
            geometry = Geometry(self.geometry_type, srid=self.srid, spatial_index=False)
            return dialect.type_descriptor(geometry)
        return LargeBinary()

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> Any:
        """Write shapely as WKB, wrapped with its SRID for PostGIS."""
        if value is None:
            return None
        wkb = to_wkb(value)
        return WKBElement(wkb, srid=self.srid) if dialect.name == "postgresql" else wkb

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        """Read WKB from either database as shapely."""
        if value is None:
            return None
        return from_wkb(bytes(value.data) if isinstance(value, WKBElement) else value)

    def __repr__(self) -> str:
        return f"Geo({self.geometry_type!r}, srid={self.srid})"
