"""The machine door: the board's figures."""

from flask import Response, jsonify, request

from gridgov.domain.indicators import DEFINITION
from gridgov.domain.roles import Role
from gridgov.services import board
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import periods
from gridgov.web.access import current_actor, program
from gridgov.web.api_base import api
from gridgov.web.instance import utc_now


@api.get("/board")
@program(
    "board:read",
    staff=(Role.SUPERVISOR, Role.DISPATCHER, Role.OFFICE),
    area="areas granted to the person; the whole district of the key",
)
def board_figures() -> Response:
    """Return the headline figures of an area and a period; days are local, both included."""
    actor = current_actor()
    now = utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        first, last = periods.read(request.args, session, reference, now)
        area = request.args.get("area") or actor.district_code
        view = board.open_view(session, actor, area, first, last)
        found = board.snapshot(session, view, now=now)
    figures = found.figures
    return jsonify(
        {
            "area": area,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "received": figures.received,
            "closed": figures.closed,
            "open": figures.open,
            "overdue": figures.overdue,
            "closure_rate": figures.closure_rate,
            "numerator": figures.closed,
            "denominator": figures.received,
            "definition": DEFINITION,
            "cursor": figures.cursor,
        }
    )
