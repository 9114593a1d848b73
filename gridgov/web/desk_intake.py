"""代录: what a caller, a visitor or the hotline told, typed in at the desk."""

import secrets
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat, to_wgs84
from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.roles import Actor, Role
from gridgov.services import desk_queue
from gridgov.services import reference as references
from gridgov.services.desk_queue import DeskTab, Filters
from gridgov.services.intake import EmergencyFirst, Receipt
from gridgov.services.reference import Reference
from gridgov.storage import reports
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.reports import Report
from gridgov.storage.session import read_only
from gridgov.web import (
    cards,
    case_page,
    desk_query,
    intake_hints,
    sentences,
    shell,
    similar,
    submissions,
    uploads,
    words,
    work,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.desk import desk
from gridgov.web.errors import status_of
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of
from gridgov.web.submissions import Extra, Sent

CHANNELS = ("12345", "phone", "walk_in", "patrol", "other")
NUMBERED = "12345"  # an order of the hotline has a number; the others may have one
MAX_NUMBER = 60
AREA = "reports in the district of the person"


@desk.get("/new")
@requires(Role.DISPATCHER, area=AREA)
def intake_form() -> BaseResponse:
    """Show the form for what somebody told."""
    return _page({"client_token": secrets.token_hex(16), "channel": NUMBERED}, {}, 200)


@desk.post("/new")
@requires(Role.DISPATCHER, area=AREA)
def intake_send() -> BaseResponse:
    """Take it in; or look first what the words suggest. Nothing typed is ever lost."""
    form = request.form.to_dict()
    if form.get("step") == "look":
        return _page(form, {}, 200, looked=True)
    try:
        channel, number = _channel(form), _number(form)
        earlier = _earlier(channel, number)
        if earlier is not None:
            return redirect(url_for("desk.intake_taken", report_id=earlier, again=1), code=303)
        receipt = _take_in(form, channel, number)
    except EmergencyFirst as error:
        said = {"number": error.values["number"], "words": error.values["words"]}
        return _page(form, {}, status_of(error), emergency=said, looked=True)
    except GridgovError as error:
        field = error.field if isinstance(error, InvalidInput) else "text"
        field = {"position": "lon", "area_code": "place_words", "place": "place_words"}.get(
            field, field
        )
        return _page(form, {field: sentences.of(error)}, status_of(error), looked=True)
    again = 1 if receipt.repeated else None
    return redirect(
        url_for("desk.intake_taken", report_id=receipt.report_id, again=again), code=303
    )


def _channel(form: dict[str, str]) -> str:
    if form.get("channel") not in CHANNELS:
        raise InvalidInput("channel", "missing")
    return form["channel"]


def _number(form: dict[str, str]) -> str | None:
    """Return the number it has elsewhere. Raises: InvalidInput for an order without one."""
    typed = "".join(filter(str.isprintable, form.get("external_id", ""))).strip()
    if len(typed) > MAX_NUMBER:
        raise InvalidInput("external_id", "too_long", limit=MAX_NUMBER)
    if not typed and form.get("channel") == NUMBERED:
        raise InvalidInput("external_id", "missing")
    return typed or None


def _earlier(channel: str, number: str | None) -> UUID | None:
    """Return the report that came with this number of this channel before."""
    if number is None:
        return None
    with read_only() as session:
        return session.scalar(
            select(Report.id)
            .where(
                Report.district_code == current_actor().district_code,
                Report.external_id == number,
                Report.channel == channel,
            )
            .order_by(Report.id)
            .limit(1)
        )


def _take_in(form: dict[str, str], channel: str, number: str | None) -> Receipt:
    # Two who type the same order in at once have the same token: one of them opens the case.
    token = f"desk:{channel}:{number}" if number else form.get("client_token", "")
    extra = Extra(external_id=number, by_words=True, reporter_name=form.get("caller", ""))
    kept = uploads.kept_before([one for one in request.form.getlist("kept") if one])
    # What the words suggest is shown with its reason and pressed by the person, never taken so.
    if not form.get("join") and not (form.get("category") or form.get("suggested")):
        raise InvalidInput("category", "missing")
    chosen = {
        "category": form.get("category") or form.get("suggested", ""),
        "area_code": form.get("area_code") or form.get("named_area", ""),
    }
    found = submissions.take_in(
        current_actor().district_code,
        {**form, **chosen, "client_token": token, "position_source": "pin"},
        channel=channel,
        by=current_actor(),
        pictures=kept + uploads.take("photo"),
        extra=extra,
    )
    return found[0]


# The page ---------------------------------------------------------------------------------


def _page(
    form: dict[str, str],
    errors: dict[str, str],
    status: int,
    *,
    looked: bool = False,
    emergency: dict[str, Any] | None = None,
) -> BaseResponse:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        head = shell.staff_context(actor, "desk", reference)
        hints = intake_hints.of(reference, form.get("text", ""), form.get("place_words", ""))
        same = _same(session, actor, form, reference) if looked else []
    html = render_template(
        "staff/desk-new.html",
        **head,
        form=form,
        errors=errors,
        emergency=emergency,
        hints=hints,
        near=_near(form, reference) if looked else [],
        same=same,
        looked=looked,
        areas=_areas(reference),
        classes=[
            (said, [one for one in options if one["value"] not in reference.majors])
            for said, options in desk_query.classes(reference)
        ],
        channels=[{"value": one, "words": str(words.CHANNEL_WORDS[one])} for one in CHANNELS],
        back_url=url_for("desk.show"),
    )
    return make_response(html, status)


def _areas(reference: Reference) -> list[dict[str, str]]:
    """Return the villages, each with its town: the smallest place a caller can name."""
    found = []
    for area in reference.net.areas(AreaKind.VILLAGE):
        town = reference.net.path(area.code)[-2]
        found.append({"value": area.code, "words": f"{name_of(town)} · {name_of(area)}"})
    return found


def _near(form: dict[str, str], reference: Reference) -> list[dict[str, Any]]:
    """Return the open cases around the pin that it may be one of, a storm's parent first."""
    try:
        sent = submissions.read_position(Sent(form))
    except InvalidInput:
        return []  # said at its field when it is sent
    if sent is None:
        return []
    spot: LonLat = to_wgs84(lon=sent.lon, lat=sent.lat, datum=sent.datum)
    return similar.around(reference, spot, form.get("category") or None)


def _same(
    session: Session, actor: Actor, form: dict[str, str], reference: Reference
) -> list[dict[str, Any]]:
    """Return open cases told of with the words of this place, where no pin says more."""
    place = form.get("place_words", "").strip()
    if not place or form.get("lon"):
        return []
    wanted = Filters(tab=DeskTab.OPEN, words=place, category=form.get("category", "")[:2])
    found = desk_queue.page(session, actor, wanted, reference, now=utc_now(), limit=5)
    return [_short(case, reference) for case in found]


def _short(case: Case, reference: Reference) -> dict[str, Any]:
    return {
        "number": case.number,
        "url": url_for("work.case", case_id=case.id),
        "title": cards.title_of(case, reference),
        "place": case.place,
    }


@desk.get("/taken/<uuid:report_id>")
@requires(Role.DISPATCHER, area="reports of cases the policy shows to the person")
def intake_taken(report_id: UUID) -> str:
    """Say what became of it: number, receipt code, by when the channel is answered."""
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        report = session.get(reports.Report, report_id)
        case = work.visible_case(session, _case_of(report), actor)
        reference = references.of(session, actor.district_code)
        head = shell.staff_context(actor, "desk", reference)
        holder = case_page.holder(session, case, reference)
    assert report is not None  # else there was no case
    return render_template(
        "staff/desk-taken.html",
        **head,
        again="again" in request.args,
        number=case.number,
        title=cards.title_of(case, reference),
        place=case.place,
        holder=holder,
        code=show_receipt_code(report.receipt_code),
        external_id=report.external_id,
        channel=str(words.CHANNEL_WORDS.get(report.channel, report.channel)),
        joined=report.joined,
        reply_by=words.before(case.due_at, now, reference.zone) if case.due_at.year < 9000 else "",
        case_url=url_for("desk.show", tab="all", case=case.id),
        answer_url=url_for("desk.answer", case_id=case.id) if report.external_id else None,
        back_url=url_for("desk.show"),
    )


def _case_of(report: Report | None) -> UUID:
    return UUID(int=0) if report is None else report.case_id
