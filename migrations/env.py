"""Alembic's environment: one migration set for SQLite and for PostgreSQL + PostGIS."""

import logging
from contextlib import contextmanager

from alembic import context
from flask import current_app

from gridgov.storage import tables
from gridgov.storage.base import Json

config = context.config
logger = logging.getLogger("alembic.env")


def _ours(_object, name, kind, _reflected, _compare_to):
    """Leave PostGIS's own tables and the GiST and GIN indexes (made by hand) out."""
    if kind == "table":
        return name in tables.metadata.tables
    return not (kind == "index" and name is not None and name.endswith(("_gist", "_gin")))


def _render(kind, value, autogen):
    if kind == "type" and type(value).__module__ == "gridgov.storage.base":
        autogen.imports.add("from gridgov.storage.base import Geo, Json, UtcDateTime")
        return repr(value) if type(value).__name__ == "Geo" else f"{type(value).__name__}()"
    if kind == "type" and value is Json:
        autogen.imports.add("from gridgov.storage.base import Json")
        return "Json"
    return False


@contextmanager
def _without_foreign_keys(connection):
    """Let SQLite build a table anew: dropping the old one would break every key that names it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # by the driver: inside a transaction it does nothing
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"after the migration rows point nowhere: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    """Run the migrations on the application's own engine."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, _without_foreign_keys(connection):
        context.configure(
            connection=connection,
            target_metadata=tables.metadata,
            include_object=_ours,
            render_item=_render,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
