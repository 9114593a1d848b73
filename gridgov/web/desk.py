"""The dispatcher's desk, thin for now: the queue and the way to each case."""

from flask import Blueprint, render_template, request, url_for

from gridgov.domain.roles import Role
from gridgov.services import reference as references
from gridgov.services import worklists
from gridgov.services.worklists import DeskTab
from gridgov.storage.session import read_only
from gridgov.web import cards, coming, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.instance import utc_now

desk = Blueprint("desk", __name__, url_prefix="/desk")


@desk.get("")
@requires(Role.DISPATCHER, area="cases in the areas the person dispatches for")
def show() -> str:
    """Show the queue, most urgent on top."""
    actor, now = current_actor(), utc_now()
    asked = request.args.get("tab", "")
    tab = DeskTab(asked) if asked in set(DeskTab) else DeskTab.TO_DISPATCH
    offset = shell.page_offset()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = worklists.queue(session, actor, tab, now=now, offset=offset)
        channels = worklists.channels(session, [case.id for case in found])
        counts = worklists.queue_counts(session, actor, now=now)
        rows = [cards.desk_row(case, channels.get(case.id, ""), reference, now) for case in found]
        next_words = coming.next_words(session, found, reference, now)
        rows = [row | {"coming": next_words.get(row["id"])} for row in rows]
        head = shell.staff_context(actor, "desk", reference)
    more = url_for("desk.show", tab=str(tab), offset=offset + len(found))
    context = {
        **head,
        "area": {"name": shell.area_words(actor, reference)},
        "tab": str(tab),
        "tabs": [
            {"key": str(one), "count": counts[one], "url": url_for("desk.show", tab=str(one))}
            for one in DeskTab
        ],
        "groups": [{"words": None, "rows": rows}],
        "selected": None,
        "shown": len(rows),
        "total": counts[tab],
        "next_url": more if len(found) == worklists.PAGE else None,
        "fragment_url": url_for("desk.show", tab=str(tab), fragment=1),
        "topic": "work",
    }
    fragment = request.args.get("fragment") == "1"
    return render_template("staff/_desk_list.html" if fragment else "staff/desk.html", **context)
