"""Whom a message of the log concerns that is about no case: grids, leaves, reports, figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridgov.domain.messages import MessageKind
from gridgov.domain.notices import PERSON, Content, Morning, NoticeKind, Recipient
from gridgov.services.notice_staff import Staff

_K = NoticeKind
ROSTER_PAGE, LEAVE_PAGE = "/admin/roster", "/work/leave"
LEAVE_ASKED = "asked"
NAMED = 3  # units a notice names


@dataclass(frozen=True, slots=True)
class ToldOfRoster:
    """Somebody is told something that is about no case; `path` is the page behind it.

    `key` says what it follows from where that is not one message of the log; `at_once` does
    not wait for working hours.
    """

    recipient: Recipient
    content: Content
    path: str
    key: str | None = None
    at_once: bool = False


def roster_told(staff: Staff, kind: MessageKind, body: Mapping[str, Any]) -> list[ToldOfRoster]:
    """Return who is told of what is about no case, each once."""
    part = ABOUT_NO_CASE.get(kind)
    found = {} if part is None else {told.recipient: told for told in part(staff, body)}
    return list(found.values())


def _vacant(staff: Staff, body: Mapping[str, Any]) -> list[ToldOfRoster]:
    units = body.get("units_vacant", ())
    names = _few(units, 0), _few(units, 1)
    content = Content(_K.VACANT, count=len(units or body.get("grids", ())), title=names)
    there = [one for code in body.get("units", ()) for one in staff.unit(code)]
    desks = staff.desks(body.get("desks", ()))
    return [ToldOfRoster(one, content, ROSTER_PAGE) for one in [*there, *desks]]


def _few(units: Sequence[Sequence[str]], language: int) -> str:
    """Return the names of the first units; how many there are is said beside."""
    return ("、", ", ")[language].join(names[language] for names in units[:NAMED])


def _leave(staff: Staff, body: Mapping[str, Any]) -> list[ToldOfRoster]:
    """Only what was asked for waits for a desk; whoever is on leave hears of the rest."""
    if body.get("what") == LEAVE_ASKED:
        desks = staff.desks(body.get("desks", ()))
        return [ToldOfRoster(one, Content(_K.LEAVE), ROSTER_PAGE) for one in desks]
    return [ToldOfRoster(one, Content(_K.LEAVE), LEAVE_PAGE) for one in _people(body)]


def _report(_staff: Staff, body: Mapping[str, Any]) -> list[ToldOfRoster]:
    names = tuple(body["name"])
    content = Content(
        _K.REPORT_MADE,
        number=body["period"],
        title=(names[0], names[1]),
        count=body["edition"],
        period=body["kind"],
    )
    return [ToldOfRoster(one, content, f"/reports/{body['report']}") for one in _people(body)]


def _morning(_staff: Staff, body: Mapping[str, Any]) -> list[ToldOfRoster]:
    names, figures = tuple(body["name"]), Morning(**body["figures"])
    content = Content(_K.MORNING, title=(names[0], names[1]), morning=figures)
    key, path = f"morning:{body['day']}", f"/board?area={body['area']}"
    return [ToldOfRoster(one, content, path, key=key, at_once=True) for one in _people(body)]


def _people(body: Mapping[str, Any]) -> list[Recipient]:
    return [Recipient(PERSON, person) for person in body.get("people", ())]


ABOUT_NO_CASE: Mapping[
    MessageKind, Callable[[Staff, Mapping[str, Any]], Iterable[ToldOfRoster]]
] = {
    MessageKind.GRIDS_VACANT: _vacant,
    MessageKind.LEAVE_NOTED: _leave,
    MessageKind.REPORT_MADE: _report,
    MessageKind.MORNING: _morning,
}
