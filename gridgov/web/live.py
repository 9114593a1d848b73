"""Who watches what: sockets, rooms, and the frames they get.

The server chooses the room from the person's scope and checks it again on each
subscribe; a browser only says what it would like to see. One room per board view
(area, days, classes, language), so that figures are reckoned once per room and
not once per browser.
"""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, g, request
from flask_security import current_user
from flask_socketio import Namespace, SocketIO, join_room, leave_room

from gridgov.domain.errors import GridgovError
from gridgov.services import board
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.indicators import PROJECTOR
from gridgov.storage import merges, messages, people, reports
from gridgov.storage.cases import Case
from gridgov.storage.ids import read_receipt_code
from gridgov.storage.people import Person
from gridgov.storage.session import read_only
from gridgov.web import board_measures, frames, security
from gridgov.web.access import current_actor
from gridgov.web.i18n import language
from gridgov.web.instance import utc_now
from gridgov.web.latest import latest

log = structlog.get_logger()
NAMESPACE = "/live"
# After a restart every browser comes back at once. A few at a time are answered in turn; all
# together they would hold their transactions open while others work, and time out.
OPENINGS = 4

socketio = SocketIO()
_openings = threading.BoundedSemaphore(OPENINGS)


@dataclass(frozen=True, slots=True)
class BoardRoom:
    """A board view in a language: what its watchers see is the same for all."""

    view: View
    language: str
    by: str = board_measures.USUAL  # the indicator that colours the map

    def name(self) -> str:
        """Return the room's name."""
        view = self.view
        classes = "+".join(sorted(view.classes))
        days = f"{view.first.isoformat()}:{view.last.isoformat()}"
        seen = f"{view.district_code}:{view.area_code}:{days}:{classes}"
        return f"board:{seen}:{self.language}:{self.by}"


class Watchers:
    """The board rooms that somebody in this process watches."""

    def __init__(self) -> None:
        """Start with nobody watching."""
        self._lock = threading.Lock()
        self._rooms: Counter[BoardRoom] = Counter()
        self._of: dict[str, tuple[BoardRoom, UUID | None]] = {}

    def join(self, sid: str, room: BoardRoom, person_id: UUID | None) -> None:
        """Count one more watcher; a browser watches one board at a time."""
        self.leave(sid)
        with self._lock:
            self._rooms[room] += 1
            self._of[sid] = (room, person_id)

    def leave(self, sid: str) -> list[BoardRoom]:
        """Forget a browser; return the rooms it was in."""
        with self._lock:
            if sid not in self._of:
                return []
            room, _person_id = self._of.pop(sid)
            self._rooms[room] -= 1
            if self._rooms[room] <= 0:
                del self._rooms[room]
        return [room]

    def everybody(self) -> list[tuple[str, BoardRoom, UUID | None]]:
        """Return who watches which board."""
        with self._lock:
            return [(sid, room, person_id) for sid, (room, person_id) in self._of.items()]

    def count(self) -> tuple[int, int]:
        """Return how many rooms are watched, by how many browsers."""
        with self._lock:
            return len(self._rooms), len(self._of)

    def rooms(self, district_code: str) -> list[BoardRoom]:
        """Return the rooms of a district that are watched now."""
        with self._lock:
            return [room for room in self._rooms if room.view.district_code == district_code]


watchers = Watchers()


class Live(Namespace):
    """The one socket namespace. Every event answers by acknowledgement."""

    def on_connect(self) -> None:
        """Take anybody: what they may watch is decided per subscription."""

    def on_disconnect(self, _reason: str | None = None) -> None:
        """Forget what the browser watched."""
        watchers.leave(request.sid)  # type: ignore[attr-defined]

    def on_watch(self, wish: Any) -> dict[str, Any]:
        """Subscribe to a topic: board, work or receipt; answer with the state to start from."""
        wish = wish if isinstance(wish, dict) else {}
        topics = {"board": _watch_board, "work": _watch_work, "receipt": _watch_receipt}
        topic = topics.get(str(wish.get("topic")))
        if topic is None:
            return {"ok": False, "error": "unknown_topic"}
        # The socket's handshake may be hours old: who the person is and what is
        # granted today is read afresh.
        g.pop("actor", None)
        try:
            with _openings:
                return topic(wish)
        except GridgovError as error:
            log.info("watch refused", topic=wish.get("topic"), error=error.code)
            return {"ok": False, "error": error.code}
        except (KeyError, TypeError, ValueError):
            return {"ok": False, "error": "invalid_input"}


def _watch_board(wish: dict[str, Any]) -> dict[str, Any]:
    actor = current_actor()
    first, last = date.fromisoformat(wish["from"]), date.fromisoformat(wish["to"])
    after = int(wish.get("cursor") or 0)
    sid: str = request.sid  # type: ignore[attr-defined]
    # Leave first: whoever is refused below must not go on hearing the old board.
    for old in watchers.leave(sid):
        leave_room(old.name(), namespace=NAMESPACE)
    with read_only() as session:
        view = board.open_view(session, actor, str(wish["area"]), first, last)
    room = BoardRoom(view, language(), board_measures.chosen(str(wish.get("by", ""))))
    # Join before the view of the database that is read from is fixed: a change in
    # between comes twice rather than never.
    join_room(room.name(), namespace=NAMESPACE)
    watchers.join(sid, room, actor.person_id)
    now = utc_now()
    with read_only() as session:
        cursor = messages.cursor_position(session, PROJECTOR, view.district_code)
        state = latest.at(room.name(), cursor)
        if state is None:
            state = frames.board_state(session, view, now=now, by=room.by)
            latest.keep(room.name(), state)
        frame = frames.board_frame(session, view, state, after=after, now=now)
    return {"ok": True, **frame}


def watched_by() -> set[tuple[View, UUID | None]]:
    """Return who watches what, each person and view once."""
    return {(room.view, person_id) for _sid, room, person_id in watchers.everybody()}


def recheck(view: View, person_id: UUID | None) -> None:
    """Close the sockets of a person who may no longer see the board it watches."""
    if _still_may(view, person_id):
        return
    for sid, room, watcher in watchers.everybody():
        if (room.view, watcher) == (view, person_id):
            log.info("a board was closed: its watcher may not see it any more")
            watchers.leave(sid)
            socketio.server.disconnect(sid, namespace=NAMESPACE)


def _still_may(view: View, person_id: UUID | None) -> bool:
    with read_only() as session:
        person = session.get(Person, person_id)
        if person is None or not person.active:
            return False
        today = references.of(session, view.district_code).local_day(utc_now())
        actor = people.load_actor(session, person, today)
        try:
            now_view = board.open_view(session, actor, view.area_code, view.first, view.last)
        except GridgovError:
            return False
    return view.classes <= now_view.classes


def _watch_work(_wish: dict[str, Any]) -> dict[str, Any]:
    actor = current_actor()
    if not current_user.is_authenticated or actor.person_id is None:
        return {"ok": False, "error": "not_allowed"}
    for room in frames.work_rooms(actor):
        join_room(room, namespace=NAMESPACE)
    return {"ok": True}


def _watch_receipt(wish: dict[str, Any]) -> dict[str, Any]:
    if security.too_many_guesses("receipt"):
        return {"ok": False, "error": "too_many"}
    with read_only() as session:
        report = reports.by_receipt(session, read_receipt_code(str(wish.get("code", ""))))
        own = None if report is None else session.get(Case, report.case_id)
        # What a case was merged into is what its reporter sees.
        followed = [] if own is None else [case.id for case in merges.chain(session, own)]
    if not followed:
        security.count_guess("receipt")
        return {"ok": False, "error": "not_found"}
    for case_id in followed:
        join_room(frames.case_room(case_id), namespace=NAMESPACE)
    return {"ok": True}


def init_live(app: Flask, async_mode: str) -> None:
    """Attach the sockets to the application: websocket only under gevent."""
    websocket_only = async_mode == "gevent"
    socketio.init_app(
        app,
        async_mode=async_mode,
        transports=["websocket"] if websocket_only else ["websocket", "polling"],
        ping_interval=20,
        ping_timeout=20,
        max_http_buffer_size=64 * 1024,
        manage_session=False,
    )
    socketio.on_namespace(Live(NAMESPACE))
