"""The roster in words: what somebody is for an area, when they are there, and why this person."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext, pgettext

from gridgov.domain.assignment import NEIGHBOUR, Because, DutyKind, PassedOver, Why
from gridgov.domain.rosters import Clock, Standing, away
from gridgov.services.leaves import LeaveKind
from gridgov.services.reference import Reference
from gridgov.storage.history import CaseEntry
from gridgov.storage.rosters import ShiftRow
from gridgov.web import words
from gridgov.web.case_neighbours import far
from gridgov.web.i18n import pick

Names = Mapping[UUID, str]
POST_WORDS = {
    DutyKind.LEAD: lazy_pgettext("post", "lead"),
    DutyKind.DEPUTY: lazy_pgettext("post", "deputy"),
    DutyKind.COVER: lazy_pgettext("post", "cover"),
    DutyKind.NIGHT: lazy_pgettext("post", "night duty"),
    DutyKind.VOLUNTEER: lazy_pgettext("post", "volunteer"),
    NEIGHBOUR: lazy_pgettext("post", "next door"),
}
LEAVE_WORDS = {
    LeaveKind.LEAVE: _l("Leave"),
    LeaveKind.OFFICIAL: _l("On official business elsewhere"),
    LeaveKind.SHORT_NOTICE: _l("Away at short notice"),
}
DECLINE_WORDS = {
    "too_much": _l("I have too much in hand"),
    "too_far": _l("It is too far from my grid"),
    "away_too": _l("I will be away as well"),
    "took_part": _l("I took part in it before"),
}
WEEKDAY_WORDS = (*(_l("Mon"), _l("Tue"), _l("Wed"), _l("Thu"), _l("Fri"), _l("Sat"), _l("Sun")),)
# Of those next door who have more in hand nobody needs the whole list.
MOST_NAMED = 4


def choices(said: Mapping[Any, Any]) -> list[dict[str, str]]:
    """Return what can be chosen, for a list."""
    return [{"value": str(code), "words": str(word)} for code, word in said.items()]


def post(kind: str) -> str:
    """Return what somebody is for an area."""
    return str(POST_WORDS.get(kind, kind))


def _until(moment: datetime | None, now: datetime, reference: Reference) -> str:
    return "" if moment is None else day_clock(moment, now, reference)


def day_clock(moment: datetime, now: datetime, reference: Reference) -> str:
    """Return a moment with its weekday where it is near: Tue 08:30, 12-01 08:30."""
    local = moment.astimezone(reference.zone)
    days = (local.date() - now.astimezone(reference.zone).date()).days
    if 1 < days < 7:
        return pgettext(
            "moment", "%(day)s %(at)s", day=WEEKDAY_WORDS[local.weekday()], at=f"{local:%H:%M}"
        )
    return words.clock(moment, now, reference.zone)


def because(entry: CaseEntry, names: Names, now: datetime, reference: Reference) -> str:
    """Return why a line gave the case to this one: who was passed over; in hand, how far."""
    body = entry.data.get("because")
    if body is None:
        return ""
    found = Because.from_json(body)
    person = entry.data.get("person") or entry.data.get("checker")
    name = names.get(UUID(person), "") if person else ""
    parts = list(_passed(found.passed, names, now, reference))
    if name:
        parts.append(_chosen(found, name))
    return pick("；", "; ").join(parts)


def _chosen(found: Because, name: str) -> str:
    facts = []
    if found.load is not None:
        facts.append(ngettext("%(num)s open case", "%(num)s open cases", found.load))
    if found.distance_m is not None:
        facts.append(far(found.distance_m))
    who = pgettext("post", "%(post)s %(name)s", post=post(found.post), name=name)
    told = words.joined(*facts)
    return _("%(who)s: %(facts)s", who=who, facts=told) if told else who


def _passed(
    passed: Collection[PassedOver], names: Names, now: datetime, reference: Reference
) -> Iterator[str]:
    told = [one for one in passed if one.person_id in names]
    for one in told[:MOST_NAMED]:
        who = pgettext("post", "%(post)s %(name)s", post=post(one.post), name=names[one.person_id])
        yield _why(who, one.why, _until(one.until, now, reference))
    more = len(passed) - min(len(told), MOST_NAMED)
    if more:
        yield ngettext("and %(num)s other", "and %(num)s others", more)


def _why(who: str, why: Why, until: str) -> str:
    said: dict[Why, Any] = {
        Why.ON_LEAVE: (
            _("%(who)s on leave until %(until)s", who=who, until=until)
            if until
            else _("%(who)s on leave", who=who)
        ),
        Why.OFF_SHIFT: (
            _("%(who)s off shift until %(until)s", who=who, until=until)
            if until
            else _("%(who)s off shift", who=who)
        ),
        Why.INACTIVE: _("%(who)s no longer on duty", who=who),
        Why.NIGHT_DUTY: _("%(who)s rests, the night duty is there", who=who),
        Why.HANDLED: _("%(who)s handled it", who=who),
        Why.GAVE_UP: _("%(who)s gave it up", who=who),
        Why.TAKES_PART: _("%(who)s takes part already", who=who),
        Why.VOLUNTEER: _("%(who)s leads no enforcement", who=who),
        Why.BUSIER: _("%(who)s has more in hand or is farther away", who=who),
    }
    return str(said[why])


def people_of(entry: CaseEntry) -> Iterator[UUID]:
    """Yield everybody the reason of a line names."""
    body = entry.data.get("because")
    if body is not None:
        yield from (one.person_id for one in Because.from_json(body).passed)
    for key in ("checker", "from"):
        told = entry.data.get(key)
        if isinstance(told, str) and _is_id(told):
            yield UUID(told)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def standing(one: Standing, clock: Clock, reference: Reference) -> tuple[str, str]:
    """Return whether somebody is there now: a sign (here, off, away) and the words."""
    why = away(one, clock)
    if why is None:
        return "here", _("there now")
    until = _until(why[1], clock.at, reference)
    if why[0] is Why.ON_LEAVE:
        return "away", _("on leave until %(until)s", until=until)
    if why[0] is Why.OFF_SHIFT:
        return "off", _("off shift until %(until)s", until=until) if until else _("off shift")
    return "away", _("no longer on duty")


def shift(row: ShiftRow) -> str:
    """Return hours in words: Mon 08:30–17:30, 2026-11-20 22:00–06:00 (night)."""
    day = str(WEEKDAY_WORDS[row.weekday]) if row.weekday is not None else f"{row.on_day}"
    hours = f"{row.opens:%H:%M}–{row.closes:%H:%M}"
    over = row.closes <= row.opens or row.opens >= time(18)
    said = f"{day} {hours}"
    return _("%(hours)s (night)", hours=said) if over else said
