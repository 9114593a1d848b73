"""The tail of the log: one per web process, from commit to browsers.

It wakes by a signal of this process's own commits, by NOTIFY on PostgreSQL, and
by a timer as a net; folds what is pending into the facts (whoever comes first
does), and pushes to the rooms concerned. If it fails it logs, backs off, and
readiness turns red.
"""

import threading
import time
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import structlog
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gridgov.domain.errors import GridgovError, NotFound, Unavailable
from gridgov.domain.messages import MessageKind
from gridgov.services import indicators
from gridgov.services.board import View
from gridgov.services.indicators import PROJECTOR
from gridgov.storage import messages, numbers
from gridgov.storage.base import db
from gridgov.storage.messages import CHANNEL, Message, Place
from gridgov.storage.session import committed, read_only, unit_of_work
from gridgov.web import frames
from gridgov.web.instance import utc_now
from gridgov.web.latest import latest
from gridgov.web.live import NAMESPACE, BoardRoom, recheck, socketio, watched_by, watchers

log = structlog.get_logger()

# Rounds start at least so far apart, so a board gets at most seven frames a second; the first
# commit of a burst is never delayed.
ROUND_GAP_S = 0.15
# What frames cost, as measured, may take one part in so many of the time: with thousands of
# boards, or dozens of different ones, frames come less often, and not later and later.
SHARE = 3
ROOM_COST_S = 0.014
SOCKET_COST_S = 0.00005
# Another process folds just now: its NOTIFY is near, and need not wait for a round's gap.
FOLDED_ELSEWHERE_GAP_S = 0.03
BACK_OFF_S = (0.5, 1, 2, 5)
STALE_AFTER_S = 15.0
RECHECK_EVERY_S = 60.0
# A few in each round: five hundred at once held every frame up for seconds, once a minute.
RECHECKS_A_ROUND = 3
# An import folds hundreds of thousands of messages: boards get its figures once it pauses.
IMPORT_QUIET_S = 3.0
PEOPLE_A_ROUND = 500


@dataclass
class Seen:
    """How far this process has pushed a district: the log, and the facts."""

    position: int
    folded: int
    # When messages of an import were folded last, whose figures no board has yet.
    imported_at: float | None = None

    def is_at(self, last: int, folded: int) -> bool:
        """Tell whether there is nothing to push: no message, no facts, no import to wait for."""
        return (self.position, self.folded) == (last, folded) and self.imported_at is None


@dataclass
class Tail:
    """The loop and what it knows."""

    app: Flask
    interval_s: float
    seen: dict[str, Seen] = field(default_factory=dict)
    fed: dict[str, int] = field(default_factory=dict)
    folded_elsewhere: bool = False
    # Districts that another process folds, and those it was just left to.
    followed: set[str] = field(default_factory=set)
    waited_for: set[str] = field(default_factory=set)
    alive_at: float = 0.0
    checked_at: float = 0.0
    to_check: list[tuple[View, UUID | None]] = field(default_factory=list)
    failures: int = 0

    def run(self) -> None:
        """Loop for ever; started once per web process."""
        woken = threading.Event()
        committed.add(woken.set)
        if self.app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
            socketio.start_background_task(_listen, self.app, woken)
        while True:
            try:
                began = time.monotonic()
                with self.app.test_request_context():
                    self.once()
                self.alive_at, self.failures = time.monotonic(), 0
                woken.wait(self.interval_s)
                time.sleep(max(0.0, began + self._gap() - time.monotonic()))
                woken.clear()  # after the sleep: what woke us meanwhile is in the next round
            except Exception:
                # The loop must live: a board that stops is worse than a logged failure.
                log.exception("the tail of the log failed", failures=self.failures)
                time.sleep(BACK_OFF_S[min(self.failures, len(BACK_OFF_S) - 1)])
                self.failures += 1

    def _gap(self) -> float:
        """Return the least seconds from the start of one round to the next."""
        if self.folded_elsewhere:
            return FOLDED_ELSEWHERE_GAP_S
        rooms, sockets = watchers.count()
        return max(ROUND_GAP_S, SHARE * (ROOM_COST_S * rooms + SOCKET_COST_S * sockets))

    def once(self) -> None:
        """Do one round over all districts: stock case numbers, fold, read, push."""
        self.folded_elsewhere = False
        with read_only() as session:
            found = messages.places(session, PROJECTOR)
        failed = [code for code in map(self._round, found) if code is not None]
        self._recheck()
        self._forget_unwatched()
        if failed:
            raise Unavailable(f"the tail failed for {failed}")

    def _round(self, place: Place) -> str | None:
        """Do one district; one that fails is logged and holds up no other. Return its code."""
        try:
            _stock_numbers(place)
            self._push(place, self._fold(place))
        except Exception:
            log.exception("the tail failed for a district", district=place.district_code)
            return place.district_code
        return None

    def _recheck(self) -> None:
        if not self.to_check and time.monotonic() - self.checked_at > RECHECK_EVERY_S:
            self.checked_at = time.monotonic()
            self.to_check = list(watched_by())
        for view, person_id in self.to_check[:RECHECKS_A_ROUND]:
            recheck(view, person_id)
        del self.to_check[:RECHECKS_A_ROUND]

    def _forget_unwatched(self) -> None:
        watched = {room.name() for code in self.seen for room in watchers.rooms(code)}
        for name in set(self.fed) - watched:
            del self.fed[name]

    def _fold(self, place: Place) -> int:
        """Fold what the facts lack; return how far they are now.

        Where another process was faster last time it is so again: it is waited for once.
        """
        folded, code = place.done, place.district_code
        if folded < place.last and code in self.followed and code not in self.waited_for:
            self.waited_for.add(code)
            self.folded_elsewhere = True
            return folded
        self.waited_for.discard(code)
        while folded < place.last:
            with unit_of_work() as session:
                count = indicators.fold_pending(session, code)
            if count == 0:  # another process folds just now and will notify
                self.followed.add(code)
                self.folded_elsewhere = True
                break
            self.followed.discard(code)
            folded += count
        return folded

    def _push(self, place: Place, folded: int) -> None:
        seen = self.seen.get(place.district_code)
        if seen is None:
            self.seen[place.district_code] = Seen(place.last, folded)
            return
        if seen.is_at(place.last, folded):
            return
        with read_only() as session:
            _tell_people(session, place, seen)
            # Boards wait for the facts: when another process folds, it notifies.
            before = seen.folded
            seen.folded = folded
            if _boards_are_due(session, place.district_code, seen, before):
                for room in watchers.rooms(place.district_code):
                    self._push_board(session, room, before)

    def _push_board(self, session: Session, room: BoardRoom, before: int) -> None:
        name = room.name()
        # Who joined later got everything up to then; repeats are dropped by position.
        after = self.fed.get(name, before)
        try:
            with force_locale("en" if room.language == "en" else "zh_Hans"):
                now = utc_now()
                state = frames.board_state(session, room.view, now=now, by=room.by)
                # Kept before it is pushed: who joined too late for the push finds it.
                latest.keep(name, state)
                frame = frames.board_frame(session, room.view, state, after=after, now=now)
        except NotFound:
            # The area ended with a change of the net: the page says so, the others go on.
            socketio.emit("board", {"gone": True}, to=name, namespace=NAMESPACE)
            return
        except GridgovError:
            log.warning("a board cannot be told the news", room=name, exc_info=True)
            return
        self.fed[name] = frame["cursor"]
        socketio.emit("board", frame | {"reset": False}, to=name, namespace=NAMESPACE)

    def healthy(self) -> bool:
        """Tell whether the loop turned lately."""
        return time.monotonic() - self.alive_at < STALE_AFTER_S


def _stock_numbers(place: Place) -> None:
    """Keep a block of case numbers ahead, so that no resident's act has to take one."""
    today = utc_now().astimezone(ZoneInfo(place.timezone)).date()
    with read_only() as session:
        low = numbers.running_low(session, place.district_code, today)
    if low:
        with unit_of_work() as session:
            numbers.stock_up(session, place.district_code, today)


def _tell_people(session: Session, place: Place, seen: Seen) -> None:
    if place.last <= seen.position:
        return
    news = messages.news_after(session, place.district_code, seen.position, PEOPLE_A_ROUND)
    for message in news:
        _push_people(message)
    newest = news[-1].position if news else seen.position
    # Less than was asked for: up to the last one, nothing but imports is left between.
    seen.position = newest if len(news) == PEOPLE_A_ROUND else max(newest, place.last)


def _boards_are_due(session: Session, district_code: str, seen: Seen, before: int) -> bool:
    """Tell whether boards need new figures: at once for news, after an import when it pauses."""
    if seen.folded != before:
        news = messages.news_after(session, district_code, before, 1)
        if news and news[0].position <= seen.folded:
            return True
        seen.imported_at = time.monotonic()
    elif seen.imported_at is not None and time.monotonic() - seen.imported_at > IMPORT_QUIET_S:
        seen.imported_at = None
        return True
    return False


def _push_people(message: Message) -> None:
    """Tell those who have the case, dispatch for it, or hold a receipt, that it changed."""
    note = {"cursor": message.position, "case_id": str(message.case_id)}
    if message.kind == MessageKind.GRIDS_ACTIVATED:
        note["net"] = str(message.body["version"])
    for room in frames.rooms_of(message):
        socketio.emit("work", note, to=room, namespace=NAMESPACE)
    if message.case_id is not None:
        socketio.emit(
            "receipt",
            {"version": message.entry_seq},
            to=frames.case_room(message.case_id),
            namespace=NAMESPACE,
        )


def _listen(app: Flask, woken: threading.Event) -> None:
    """Wait for NOTIFY of other processes; the timer goes on working while this reconnects."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    while True:
        try:
            address = url.render_as_string(hide_password=False)
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"LISTEN {CHANNEL}")
                for _notice in connection.notifies():
                    woken.set()
        except psycopg.Error:
            log.warning("LISTEN was cut; trying again", exc_info=True)
            time.sleep(BACK_OFF_S[1])


def start_tail(app: Flask, interval_s: float) -> Tail:
    """Start the tail of this process in the background."""
    tail = Tail(app, interval_s)
    app.extensions["gridgov_tail"] = tail
    with app.app_context():
        db.engine.dispose()  # never share a connection across a fork
    socketio.start_background_task(tail.run)
    return tail
