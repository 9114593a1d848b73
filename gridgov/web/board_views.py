"""Saved views of the board: named, found in its head, one of them the first page. Part of it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.services import reference as references
from gridgov.services import saved_views
from gridgov.services.reference import Reference
from gridgov.services.saved_views import Page
from gridgov.storage.saved_views import SavedView
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import board_hooks, board_measures, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.board import READERS, board
from gridgov.web.instance import utc_now
from gridgov.web.periods import KEYS
from gridgov.web.places import name_of

OWN = "the person's own views"


@board.get("/views")
@requires(*READERS, area=OWN)
def views() -> str:
    """Show the person's saved views."""
    return _page({}, {}, {})


def _page(values: dict[str, str], fields: dict[str, str], errors: dict[str, str]) -> str:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        rows = [_row(one, reference) for one in saved_views.saved(session, actor)]
        head = shell.staff_context(actor, "board", reference)
    return render_template(
        "board/views.html",
        **head,
        rows=rows,
        values=values,
        fields=fields,
        errors=errors,
        most=saved_views.MOST,
        back_url=url_for("board.show"),
    )


def _row(view: SavedView, reference: Reference) -> dict[str, Any]:
    asked = view.asked
    area = reference.area(asked.get("area"))
    key = asked.get("period", "")
    days = _("%(first)s to %(last)s", first=asked.get("from", ""), last=asked.get("to", ""))
    figure = asked.get("by") or asked.get("trend") or asked.get("cut")
    return {
        "name": view.name,
        "url": board_hooks.address_of(view),
        "default": view.is_default,
        "words": words.joined(
            _("Board") if view.page == Page.BOARD else _("Analysis"),
            asked.get("area", "") if area is None else name_of(area),
            str(KEYS[key]) if key in KEYS else days,
            board_measures.name(board_measures.chosen(figure)) if figure else "",
        ),
        "choose_url": url_for("board.choose_view", view_id=view.id),
        "forget_url": url_for("board.forget_view", view_id=view.id),
    }


@board.post("/views")
@requires(*READERS, area=OWN)
def save_view() -> BaseResponse | tuple[str, int]:
    """Save the view a page of the board was showing."""
    actor, form = current_actor(), request.form
    page = Page.ANALYSIS if form.get("page") == Page.ANALYSIS else Page.BOARD
    fields = {name: form[name] for name in ("page", *saved_views.ASKED) if form.get(name)}
    try:
        with unit_of_work() as session:
            made = saved_views.save(
                session,
                actor,
                form.get("name", ""),
                page,
                fields,
                default=form.get("default") == "1",
                now=utc_now(),
            )
            address = board_hooks.address_of(made)
    except InvalidInput as error:
        values = {"name": form.get("name", ""), "default": form.get("default", "")}
        return _page(values, fields, {"name": _why_not(error)}), 422
    return redirect(address, 303)


def _why_not(error: InvalidInput) -> str:
    if error.reason == "missing":
        return _("Give the view a name.")
    if error.reason == "too_long":
        return _(
            "The name has %(length)s characters; at most %(limit)s fit.",
            length=error.values["length"],
            limit=error.values["limit"],
        )
    if error.reason == "too_many":
        return _("There are %(most)s views already. Delete one first.", most=error.values["most"])
    return _("This view cannot be saved. Open the board and save it from there.")


@board.post("/views/<uuid:view_id>/default")
@requires(*READERS, area=OWN)
def choose_view(view_id: UUID) -> BaseResponse:
    """Open the board with a view from now on, or with the usual one again."""
    with unit_of_work() as session:
        saved_views.choose(session, current_actor(), view_id)
    return redirect(url_for("board.views"), 303)


@board.post("/views/<uuid:view_id>/delete")
@requires(*READERS, area=OWN)
def forget_view(view_id: UUID) -> BaseResponse:
    """Delete a view."""
    with unit_of_work() as session:
        saved_views.forget(session, current_actor(), view_id)
    return redirect(url_for("board.views"), 303)
