"""Health: whether the process is alive, and whether it is ready to serve."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from gridgov.config import ROOT
from gridgov.domain.errors import Unavailable
from gridgov.storage.session import read_only
from gridgov.web.access import public
from gridgov.web.security import limiter

health = Blueprint("health", __name__)


@health.get("/healthz")
@public()
@limiter.exempt
def alive() -> Response:
    """Answer as long as the process turns."""
    return jsonify({"status": "ok"})


@health.get("/readyz")
@public()
@limiter.exempt
def ready() -> tuple[Response, int]:
    """Answer 200 when the database is reachable and migrated and the tail of the log runs."""
    checks = {"database": False, "migrated": False, "tail": False}
    try:
        with read_only() as session:
            context = MigrationContext.configure(session.connection())
            checks["database"] = True
            wanted = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
            checks["migrated"] = context.get_current_revision() == wanted
    except (SQLAlchemyError, Unavailable) as error:
        current_app.logger.warning("not ready: %s", error)
    tail = current_app.extensions.get("gridgov_tail")
    checks["tail"] = tail is not None and tail.healthy()
    status = 200 if all(checks.values()) else 503
    return jsonify({"status": "ready" if status == 200 else "not ready", **checks}), status
