"""The tail of the log: one per web process, from commit to browsers.

It wakes by a signal of this process's own commits, by NOTIFY on PostgreSQL, and
by a timer as a net; folds what is pending into the facts (whoever comes first
does), and pushes to the rooms concerned. If it fails it logs, backs off, and
readiness turns red.
"""

import threading
import time
from dataclasses import dataclass, field
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
from gridgov.services.indicators import PROJECTOR
from gridgov.storage import districts, messages, numbers
from gridgov.storage.base import db
from gridgov.storage.districts import District
from gridgov.storage.messages import CHANNEL, Message
from gridgov.storage.session import committed, read_only, unit_of_work
from gridgov.web import frames
from gridgov.web.instance import utc_now
from gridgov.web.live import NAMESPACE, BoardRoom, recheck, socketio, watchers

log = structlog.get_logger()

# A round costs as much as a submission (17 ms of a core with a fold, 4 ms without): one
# for every commit took half the machine. The first commit of a burst is never delayed.
ROUND_GAP_S = 0.05
FRAME_GAP_S = 0.2  # at most five frames a second for a room
BACK_OFF_S = (0.5, 1, 2, 5)
STALE_AFTER_S = 15.0
RECHECK_EVERY_S = 60.0
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


@dataclass
class Tail:
    """The loop and what it knows."""

    app: Flask
    interval_s: float
    seen: dict[str, Seen] = field(default_factory=dict)
    pushed_at: dict[str, float] = field(default_factory=dict)
    fed: dict[str, int] = field(default_factory=dict)
    behind: dict[str, set[BoardRoom]] = field(default_factory=dict)
    alive_at: float = 0.0
    checked_at: float = 0.0
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
                woken.wait(self._pause())
                time.sleep(max(0.0, began + ROUND_GAP_S - time.monotonic()))
                woken.clear()  # after the sleep: what woke us meanwhile is in the next round
            except Exception:
                # The loop must live: a board that stops is worse than a logged failure.
                log.exception("the tail of the log failed", failures=self.failures)
                time.sleep(BACK_OFF_S[min(self.failures, len(BACK_OFF_S) - 1)])
                self.failures += 1

    def _pause(self) -> float:
        return FRAME_GAP_S / 2 if any(self.behind.values()) else self.interval_s

    def once(self) -> None:
        """Do one round over all districts: stock case numbers, fold, read, push."""
        with read_only() as session:
            found = districts.every(session)
        failed = [code for code in map(self._round, found) if code is not None]
        self._recheck()
        self._forget_unwatched()
        if failed:
            raise Unavailable(f"the tail failed for {failed}")

    def _round(self, district: District) -> str | None:
        """Do one district; one that fails is logged and holds up no other. Return its code."""
        try:
            _stock_numbers(district)
            self._fold(district.code)
            self._push(district.code)
        except Exception:
            log.exception("the tail failed for a district", district=district.code)
            return district.code
        return None

    def _recheck(self) -> None:
        if time.monotonic() - self.checked_at > RECHECK_EVERY_S:
            self.checked_at = time.monotonic()
            recheck()

    def _forget_unwatched(self) -> None:
        watched = {room.name() for code in self.seen for room in watchers.rooms(code)}
        for known in (self.pushed_at, self.fed):
            for name in set(known) - watched:
                del known[name]

    def _fold(self, district_code: str) -> None:
        with read_only() as session:
            last = messages.last_position(session, district_code)
            folded = messages.cursor_position(session, PROJECTOR, district_code)
        while folded < last:
            with unit_of_work() as session:
                count = indicators.fold_pending(session, district_code)
            if count == 0:  # another process folds just now and will notify
                break
            folded += count

    def _push(self, district_code: str) -> None:
        with read_only() as session:
            folded = messages.cursor_position(session, PROJECTOR, district_code)
            seen = self.seen.get(district_code)
            if seen is None:
                last = messages.last_position(session, district_code)
                self.seen[district_code] = Seen(last, folded)
                return
            _tell_people(session, district_code, seen)
            waiting = self.behind.setdefault(district_code, set())
            # Boards wait for the facts: when another process folds, it notifies.
            before = seen.folded
            seen.folded = folded
            if _boards_are_due(session, district_code, seen, before):
                waiting |= set(watchers.rooms(district_code))
            self._push_boards(session, waiting, before)

    def _push_boards(self, session: Session, waiting: set[BoardRoom], before: int) -> None:
        now = time.monotonic()
        for room in list(waiting):
            name = room.name()
            if now - self.pushed_at.get(name, 0.0) < FRAME_GAP_S:
                continue  # coalesced: its turn comes in the next round
            waiting.discard(room)
            self.pushed_at[name] = now
            # Who joined later got everything up to then; repeats are dropped by position.
            after = self.fed.get(name, before)
            try:
                with force_locale("en" if room.language == "en" else "zh_Hans"):
                    frame = frames.board_frame(
                        session, room.view, after=after, now=utc_now(), by=room.by
                    )
            except NotFound:
                # The area ended with a change of the net: the page says so, the others go on.
                socketio.emit("board", {"gone": True}, to=name, namespace=NAMESPACE)
                continue
            except GridgovError:
                log.warning("a board cannot be told the news", room=name, exc_info=True)
                continue
            self.fed[name] = frame["cursor"]
            socketio.emit("board", frame | {"reset": False}, to=name, namespace=NAMESPACE)

    def healthy(self) -> bool:
        """Tell whether the loop turned lately."""
        return time.monotonic() - self.alive_at < STALE_AFTER_S


def _stock_numbers(district: District) -> None:
    """Keep a block of case numbers ahead, so that no resident's act has to take one."""
    today = utc_now().astimezone(ZoneInfo(district.timezone)).date()
    with read_only() as session:
        low = numbers.running_low(session, district.code, today)
    if low:
        with unit_of_work() as session:
            numbers.stock_up(session, district.code, today)


def _tell_people(session: Session, district_code: str, seen: Seen) -> None:
    last = messages.last_position(session, district_code)
    news = messages.news_after(session, district_code, seen.position, PEOPLE_A_ROUND)
    for message in news:
        _push_people(message)
    seen.position = news[-1].position if len(news) == PEOPLE_A_ROUND else last


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
