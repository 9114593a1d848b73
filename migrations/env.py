"""Alembic's environment: one migration set for SQLite and for PostgreSQL + PostGIS."""

import logging

from alembic import context
from flask import current_app

from gridgov.storage import tables
from gridgov.storage.base import Json

config = context.config
logger = logging.getLogger("alembic.env")


def _ours(_object, name, kind, _reflected, _compare_to):
    """Leave PostGIS's own tables and the GiST indexes (made by hand) out of autogenerate."""
    if kind == "table":
        return name in tables.metadata.tables
    return not (kind == "index" and name is not None and name.endswith("_gist"))


def _render(kind, value, autogen):
    if kind == "type" and type(value).__module__ == "gridgov.storage.base":
        autogen.imports.add("from gridgov.storage.base import Geo, Json, UtcDateTime")
        return repr(value) if type(value).__name__ == "Geo" else f"{type(value).__name__}()"
    if kind == "type" and value is Json:
        autogen.imports.add("from gridgov.storage.base import Json")
        return "Json"
    return False


def run() -> None:
    """Run the migrations on the application's own engine."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
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
