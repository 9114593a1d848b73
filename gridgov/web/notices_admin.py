"""Administration of notices: what goes out and how, what failed, who could not be reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import InvalidInput
from gridgov.domain.notices import ENDED_BADLY, PERSON, UNIT, Fate, Recipient, Way
from gridgov.domain.roles import Role
from gridgov.gateways.senders import check_hook
from gridgov.services import notice_settings
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import cases, districts, notice_people, people
from gridgov.storage import notices as store
from gridgov.storage.notices import Delivery
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import case_words, notice_reasons, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import AREA, admin
from gridgov.web.errors import status_of
from gridgov.web.i18n import language, pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.notice_words import WAYS, Words

PAGE = 50
SHOWN = timedelta(days=7)
TABS: Mapping[str, tuple[frozenset[Fate], Any]] = {
    "failed": (ENDED_BADLY, _l("Not sent")),
    "under-way": (frozenset({Fate.READY, Fate.SENDING}), _l("On the way")),
    "sent": (frozenset({Fate.SENT}), _l("Sent")),
}
FATE_WORDS = {
    Fate.READY: _l("waits"),
    Fate.SENDING: _l("being sent"),
    Fate.SENT: _l("sent"),
    Fate.FAILED: _l("not sent"),
    Fate.UNSURE: _l("perhaps sent"),
    Fate.NO_WAY: _l("no way there"),
}


@admin.get("/notices")
@requires(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, area=AREA)
def list_notices() -> BaseResponse:
    """Show the ways out, who could not be reached, and the messages of the last days."""
    return _page({}, 200)


def _page(errors: Mapping[str, str], status: int) -> BaseResponse:
    actor, now, tab = current_actor(), utc_now(), asked_tab()
    offset = shell.page_offset()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        sample = districts.get(session, actor.district_code).sample
        head = shell.staff_context(actor, "admin", reference)
        fates = {str(fate) for fate in TABS[tab][0]}
        rows = store.listed(session, actor.district_code, fates, offset=offset, limit=PAGE)
        lost = store.unreached(session, actor.district_code, now - SHOWN, PAGE)
        counts = store.counts(session, actor.district_code, now - SHOWN)
        hooks = notice_people.hooks(session, actor.district_code)
        names = names_of(session, [*rows, *(one.last for one in lost)], reference)
    ways = instance().senders.ways(sample=sample)
    return make_response(
        render_template(
            "admin/notices.html",
            **head,
            district_name=pick(reference.name, reference.name_en),
            errors=errors,
            mode=_mode(ways),
            ways=[
                {"code": str(way), "words": str(said), "on": way in ways}
                for way, said in WAYS.items()
                if way is not Way.FILE or Way.FILE in ways
            ],
            tabs=_tabs(counts, tab),
            tab=tab,
            export_url=url_for("admin.export_notices", tab=tab),
            waiting=counts.get("waiting", 0),
            rows=[row_of(one, names, now, reference) for one in rows],
            next_url=url_for("admin.list_notices", tab=tab, offset=offset + PAGE)
            if len(rows) == PAGE
            else None,
            unreached=[
                {**row_of(one.last, names, now, reference), "times": one.times} for one in lost
            ],
            hooks=[_hook(row, reference) for row in hooks],
            units=sorted(
                ({"code": u.code, "name": case_words.unit(u)} for u in reference.units.values()),
                key=lambda one: one["name"],
            ),
            may_act=actor.has(Role.SYSTEM_ADMIN),
            done=request.args.get("done", ""),
        ),
        status,
    )


def asked_tab() -> str:
    """Return which messages are looked at: those that failed unless others are asked for."""
    asked = request.args.get("tab", "")
    return asked if asked in TABS else "failed"


def _mode(ways: frozenset[Way]) -> str:
    if not ways:
        return _("Notices are switched off (GRIDGOV_NOTICES=off): nothing is planned.")
    if Way.FILE in ways:
        return _("Nothing leaves this installation: what would be sent stands in outbox.jsonl.")
    return ""


def _tabs(counts: Mapping[str, int], current: str) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "word": str(said),
            "count": sum(counts.get(str(fate), 0) for fate in fates),
            "url": url_for("admin.list_notices", tab=key),
            "current": key == current,
        }
        for key, (fates, said) in TABS.items()
    ]


def names_of(session: Session, rows: Sequence[Delivery], reference: Reference) -> dict[str, str]:
    """Return recipient → who that is: a name, a group, or the report by its number."""
    known = {row.recipient: Recipient.read(row.recipient) for row in rows}
    persons = {UUID(one.id) for one in known.values() if one.kind == PERSON}
    names = people.names(session, persons)
    of_case = store.cases_of(session, {row.id for row in rows})
    numbers = {case.id: case.number for case in cases.of_ids(session, of_case.values()).values()}
    found = {}
    for row in rows:
        one = known[row.recipient]
        if one.kind == PERSON:
            found[row.recipient] = names.get(UUID(one.id), "—")
        elif one.kind == UNIT:
            unit = reference.units.get(one.id)
            name = one.id if unit is None else case_words.unit(unit)
            found[row.recipient] = _("Group of %(unit)s", unit=name)
        else:
            number = numbers.get(of_case.get(row.id, UUID(int=0)), "—")
            found[row.recipient] = _("Reporter of %(number)s", number=number)
    return found


def row_of(
    one: Delivery, names: Mapping[str, str], now: datetime, reference: Reference
) -> dict[str, Any]:
    """Return a message as the page lists it."""
    way = None if one.way is None else str(WAYS[Way(one.way)])
    return {
        "who": names.get(one.recipient, "—"),
        "text": one.text,
        "count": one.count,
        "urgent": one.urgent,
        "way": way or _("none"),
        "fate": one.fate,
        "fate_words": str(FATE_WORDS[Fate(one.fate)]),
        "reason": notice_reasons.words(one.reason),
        "attempt": one.attempt,
        "made": words.clock(one.made_at, now, reference.zone),
        "due": words.clock(one.due_at, now, reference.zone) if one.fate == Fate.READY else None,
        "retry_url": url_for("admin.retry_notice", delivery_id=one.id)
        if one.fate in ENDED_BADLY
        else None,
    }


def _hook(row: notice_people.NoticeHook, reference: Reference) -> dict[str, Any]:
    unit = reference.units.get(row.unit_code)
    return {
        "unit": row.unit_code if unit is None else case_words.unit(unit),
        "code": row.unit_code,
        "kind": row.kind,
        "remove_url": url_for("admin.remove_hook", hook_id=row.id),
    }


def _back(done: str) -> BaseResponse:
    return redirect(url_for("admin.list_notices", done=done), code=303)


def _ways(session: Session) -> frozenset[Way]:
    district = districts.get(session, current_actor().district_code)
    return instance().senders.ways(sample=district.sample)


@admin.post("/notices/<uuid:delivery_id>/retry")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def retry_notice(delivery_id: UUID) -> BaseResponse:
    """Try a message again that was not sent."""
    code = current_actor().district_code
    with unit_of_work() as session:
        ways = _ways(session)
        notice_settings.retry(session, code, delivery_id, now=utc_now(), ways=ways)
    return _back("retry")


@admin.post("/notices/hooks")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def add_hook() -> BaseResponse:
    """Let the group of a unit be told by its robot."""
    address, unit = request.form.get("hook", ""), request.form.get("unit", "")
    try:
        kind = check_hook(address)
        with unit_of_work() as session:
            notice_settings.add_hook(
                session,
                current_actor().district_code,
                unit,
                address,
                kind,
                vault=instance().vault,
                now=utc_now(),
            )
    except InvalidInput as error:
        said = {
            "hook": _("This is no address of a group robot that is known here."),
            "unit": _("Choose the unit whose group it is."),
        }
        return _page({error.field: said[error.field]}, status_of(error))
    return _back("hook")


@admin.post("/notices/hooks/<uuid:hook_id>/remove")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def remove_hook(hook_id: UUID) -> BaseResponse:
    """Tell the group of a unit no more."""
    with unit_of_work() as session:
        notice_settings.remove_hook(session, current_actor().district_code, hook_id)
    return _back("removed")


@admin.post("/notices/test")
@requires(Role.SYSTEM_ADMIN, area=AREA)
def test_notice() -> BaseResponse:
    """Send a test: to the own address by one way, or to the group of a unit."""
    actor, unit = current_actor(), request.form.get("unit", "")
    asked = request.form.get("way", "")
    to = Recipient(UNIT, unit) if unit else Recipient(PERSON, str(actor.person_id))
    try:
        if asked not in set(Way):
            raise InvalidInput("way", "unknown")
        with unit_of_work() as session:
            notice_settings.send_test(
                session,
                actor.district_code,
                to,
                Way(asked),
                language=language(),
                now=utc_now(),
                say=Words(),
                ways=_ways(session),
            )
    except InvalidInput as error:
        return _page({"way": _("This way is not set up.")}, status_of(error))
    return _back("test")
