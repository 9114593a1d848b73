"""Migrations of a database that is in use: every row is still there afterwards."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.services import indicators
from gridgov.storage.base import db
from gridgov.storage.session import unit_of_work
from tests.support.acts import DISTRICT

# Tables that others name by a foreign key, and those that name them; filled in this order.
FILLED = ("districts", "grid_versions", "api_keys", "cases", "case_history")
MORE = ("reporters", "reports", "photos", "people", "tasks", "duties")
ONE = UUID(int=1)


def value_of(column: sa.Column[Any]) -> Any:
    """Return something a column takes."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {}
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer | sa.Float | sa.Numeric):
        return 1
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if isinstance(kind, sa.Date):
        return date(2026, 1, 1)
    if isinstance(kind, sa.Uuid):
        return ONE
    # SQLite has no type for ids: they are texts of 32 signs.
    return ONE.hex if getattr(kind, "length", None) == 32 else "x"


def fill(connection: sa.Connection) -> dict[str, int]:
    """Write one row into each table, all of them naming each other; return the counts."""
    tables = sa.MetaData()
    tables.reflect(connection, only=[*FILLED, *MORE])
    counts = {}
    for name in (*FILLED, *MORE):
        table = tables.tables[name]
        named = [c for c in table.columns if not c.nullable or c.name in ("report_id", "case_id")]
        connection.execute(table.insert(), [{c.name: value_of(c) for c in named}])
        counts[name] = 1
    return counts


def rows(connection: sa.Connection, names: list[str]) -> dict[str, int]:
    return {
        name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0
        for name in names
    }


def made(url: str, folder: Path) -> Flask:
    return create_app(Settings(database_url=url, instance=folder, testing=True))


def test_a_database_of_the_first_version_keeps_its_rows(database_url: str, tmp_path: Path) -> None:
    app = made(database_url, tmp_path)
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            counts = fill(connection)
        upgrade()
        with db.engine.connect() as connection:
            assert rows(connection, list(counts)) == counts
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        db.engine.dispose()
    app.extensions["gridgov"].photos.close()


def test_new_counters_have_their_past(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="0020")
        upgrade()
        with db.engine.connect() as connection:
            assert not any(rows(connection, ["facts_received", "case_facts"]).values())
        with unit_of_work() as session:
            while indicators.fold_pending(session, DISTRICT):
                session.flush()
        with unit_of_work() as session:
            assert indicators.differences(session, DISTRICT) == 0
            counted = session.execute(
                sa.text("SELECT sum(received), sum(answered) FROM facts_received")
            ).one()
        assert all(counted)
