"""The dispatcher's desk: the queue, the case beside it, and the way to every act."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.intake import check_phone
from gridgov.domain.roles import Actor, Role
from gridgov.services import desk_queue
from gridgov.services import reference as references
from gridgov.services.desk_queue import DeskTab, Filters
from gridgov.services.reference import Reference
from gridgov.storage import notices, reports
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web import cards, case_marks, case_page, coming, desk_map, desk_query, shell, work
from gridgov.web.access import current_actor, requires
from gridgov.web.desk_keys import KEYS
from gridgov.web.instance import instance, utc_now

desk = Blueprint("desk", __name__, url_prefix="/desk")

AREA = "cases in the areas the person dispatches for"


@desk.get("")
@requires(Role.DISPATCHER, area=AREA)
def show() -> str:
    """Show the queue, most urgent on top; or the part of it that a script asks for."""
    wanted, fragment = desk_query.read(), request.args.get("fragment", "")
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        if fragment == "rows":
            return render_template(
                "staff/_desk_rows.html", **_more(session, actor, wanted, reference, now)
            )
        context = _queue(session, actor, wanted, reference, now)
        if fragment != "1":
            context |= _beside(session, actor, wanted, reference, now)
            context |= shell.staff_context(actor, "desk", reference)
    return render_template(
        "staff/_desk_list.html" if fragment == "1" else "staff/desk.html", **context
    )


def _queue(
    session: Session, actor: Actor, wanted: Filters, reference: Reference, now: datetime
) -> dict[str, Any]:
    limit = desk_query.rows_asked()
    found = desk_queue.page(session, actor, wanted, reference, now=now, limit=limit + 1)
    shown = found[:limit]
    counts = desk_queue.counts(session, actor, wanted, reference, now=now)
    longer = min(limit + 2 * desk_queue.PAGE, desk_queue.MOST)
    full = len(found) > limit and longer > limit
    return {
        "tab": str(wanted.tab),
        "tabs": [
            {"key": str(one), "count": counts[one], "url": desk_query.address(wanted, tab=one)}
            for one in DeskTab
        ],
        "rows": _rows(session, shown, wanted, reference, now),
        "shown": len(shown),
        "total": counts[wanted.tab],
        "next_url": desk_query.address(wanted, rows=longer) if full else None,
        "more_url": _more_url(shown, wanted) if full else None,
        "narrowed": bool(set(desk_query.values(wanted)) - {"tab", "order"}),
        "queue_map": desk_map.of_queue(actor, shown, reference, now),
        "at_case": lambda case_id: desk_query.address(wanted, case=case_id),
    }


def _more_url(shown: Sequence[Case], wanted: Filters) -> str:
    place = desk_queue.place_of(shown[-1], wanted.order)
    return desk_query.address(wanted, after=desk_query.cursor(place), fragment="rows")


def _more(
    session: Session, actor: Actor, wanted: Filters, reference: Reference, now: datetime
) -> dict[str, Any]:
    """Return the rows behind the last one that is shown already."""
    after, limit = desk_query.behind(), 2 * desk_queue.PAGE
    found = desk_queue.page(
        session, actor, wanted, reference, now=now, after=after, limit=limit + 1
    )
    shown = found[:limit]
    return {
        "rows": _rows(session, shown, wanted, reference, now),
        "more_url": _more_url(shown, wanted) if len(found) > limit else None,
    }


def _rows(
    session: Session,
    found: Sequence[Case],
    wanted: Filters,
    reference: Reference,
    now: datetime,
) -> list[dict[str, Any]]:
    beside = desk_query.chosen()
    next_words = coming.next_words(session, found, reference, now)
    unreached = notices.assignments_lost(session, [case.id for case in found if case.is_open])
    rows = []
    for case in found:
        row = cards.desk_row(case, case.channel, reference, now)
        row |= {
            "coming": next_words.get(case.id),
            "select_url": desk_query.address(wanted, case=case.id),
            "panel_url": url_for("desk.panel", case_id=case.id, back=_back(wanted, case.id)),
            "selected": case.id == beside,
        }
        if case.id in unreached:
            row["marks"] = [*row["marks"], case_marks.unreached()]
        rows.append(row)
    return rows


def _back(wanted: Filters, case_id: UUID) -> str:
    """Return where an act of the panel leads back to: the same list, the same case beside it."""
    return desk_query.address(wanted, case=case_id)


def _beside(
    session: Session, actor: Actor, wanted: Filters, reference: Reference, now: datetime
) -> dict[str, Any]:
    """Return what stands around the list: filters, the chosen case, the keys."""
    filters = desk_query.fields(actor, wanted, reference)
    rows = desk_query.rows_asked()
    beside = desk_query.chosen()
    selected: dict[str, Any] | None = None
    if beside is not None:
        try:
            case = work.visible_case(session, beside, actor)
            selected = _panel(session, case, actor, reference, now, _back(wanted, case.id))
        except NotFound:
            selected = {"gone": True}
    return {
        "area": {"name": shell.area_words(actor, reference)},
        "filters": filters,
        "chips": desk_query.chips(wanted, filters, reference),
        "order": str(wanted.order),
        "orders": [
            {"key": str(one), "url": desk_query.address(wanted, order=one)}
            for one in desk_queue.Order
        ],
        "values": desk_query.values(wanted),
        "clear_url": desk_query.address(Filters(tab=wanted.tab, order=wanted.order)),
        "export_url": desk_query.address(wanted).replace("/desk", "/desk/export.xlsx", 1),
        "fragment_url": desk_query.address(wanted, rows=rows, fragment=1),
        "topic": "work",
        "selected": selected,
        "keys": KEYS,
        "bulk": url_for("desk.bulk_preview"),
    }


def _panel(
    session: Session,
    case: Case,
    actor: Actor,
    reference: Reference,
    now: datetime,
    back: str,
) -> dict[str, Any]:
    """Return the case as the panel beside the list shows it."""
    context = case_page.context(session, case, actor, reference, now=now)
    return {
        **context,
        "url": url_for("work.case", case_id=case.id),
        "ordered": any(one.external_id for one in reports.of_case(session, case.id)),
        "back": back,
        "act_keys": {str(one["does"]): str(one["key"]).upper() for one in KEYS},
        "gone": False,
    }


@desk.get("/cases/<uuid:case_id>/panel")
@requires(Role.DISPATCHER, area="cases the policy shows to the person")
def panel(case_id: UUID) -> str:
    """Send the case as the panel beside the list, for the script that swaps it."""
    actor, now = current_actor(), utc_now()
    back = request.args.get("back", "")
    back = back if work.is_desk(back) else url_for("desk.show")
    with read_only() as session:
        case = work.visible_case(session, case_id, actor)
        reference = references.of(session, actor.district_code)
        found = _panel(session, case, actor, reference, now, back)
    return render_template("staff/_desk_panel.html", selected=found)


@desk.post("/search")
@requires(Role.DISPATCHER, area=AREA)
def find() -> BaseResponse:
    """Lead to the list of what was asked for; a phone number goes no further than this.

    Into the address goes the keyed hash of the number, never the number itself: addresses
    stand in logs and in the memory of the browser.
    """
    asked = request.form.get("q", "").strip()
    tab = DeskTab.ALL if asked else DeskTab.TO_DISPATCH
    wanted = Filters(tab=tab, order=desk_query.usual_order(tab))
    number = _phone(asked)
    if number is not None:
        wanted = replace(wanted, caller=instance().vault.lookup(number))
    else:
        line = "".join(filter(str.isprintable, asked))[: desk_query.MAX_WORDS]
        wanted = replace(wanted, words=" ".join(line.split()))
    return redirect(desk_query.address(wanted), code=303)


def _phone(asked: str) -> str | None:
    """Return what was typed as a phone number, None for other words."""
    if not any(char.isdigit() for char in asked):
        return None
    try:
        return check_phone(asked)
    except InvalidInput:
        return None
