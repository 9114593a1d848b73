"""The log: gapless, in the order of the commits, with many writers and a reader behind them."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from gridgov.domain.messages import MessageKind
from gridgov.storage import messages
from gridgov.storage.access import Attempt
from gridgov.storage.districts import District
from gridgov.storage.messages import Message
from gridgov.storage.session import read_only, unit_of_work

HERE, THERE = "440608", "440699"
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
WRITERS, UNITS = 8, 25
LONGEST_S = 0.006


class Broken(Exception):
    """A unit that does not come to its end."""


def say(session: Session, district: str, **body: Any) -> None:
    messages.append(session, district, MessageKind.CASE_NOTED, at=NOW, body=body)


def positions(district: str, after: int = 0) -> list[int]:
    with read_only() as session:
        return [m.position for m in messages.after(session, district, after, limit=10_000)]


@pytest.fixture
def second_district(app: Flask) -> str:
    with unit_of_work() as session:
        session.add(
            District(
                code=THERE,
                name="别处",
                name_en="Elsewhere",
                timezone="Asia/Shanghai",
                languages=["zh-Hans"],
                settings={},
                opened_at=NOW,
            )
        )
        session.flush()
        messages.open_log(session, THERE)
    return THERE


@dataclass
class Run:
    """What the threads of one run did and saw."""

    app: Flask
    start: dict[str, int]
    finished: threading.Event = field(default_factory=threading.Event)
    errors: list[BaseException] = field(default_factory=list)
    written: list[tuple[str, int, int, float, float]] = field(default_factory=list)
    read: dict[str, list[Message]] = field(default_factory=lambda: {HERE: [], THERE: []})
    wakes: int = 0

    def guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        """Keep what goes wrong in a thread for the test."""

        def run() -> None:
            try:
                with self.app.app_context():
                    work()
            except BaseException as error:
                self.errors.append(error)
                self.finished.set()

        return run

    def write(self, writer: int) -> None:
        """Write units that hold their transaction open for a random while; some break."""
        rng = random.Random(writer)
        for number in range(UNITS):
            districts = [HERE, THERE] if writer % 2 else [THERE, HERE]
            chosen = districts[: rng.choice((1, 1, 2))]
            breaks = rng.random() < 0.15
            began = time.monotonic()
            try:
                with unit_of_work() as session:
                    session.add(Attempt(kind="test", source=str(writer), at=NOW))
                    session.flush()
                    time.sleep(rng.uniform(0, LONGEST_S))
                    for district in chosen:
                        for part in range(rng.choice((1, 1, 3))):
                            say(session, district, writer=writer, unit=number, part=part)
                    if breaks:
                        raise Broken
            except Broken:
                continue
            ended = time.monotonic()
            self.written += [(district, writer, number, began, ended) for district in chosen]

    def follow(self) -> None:
        """Read as a consumer does: what comes after the last position, again and again."""
        while True:
            last_round = self.finished.is_set()
            for district, seen in self.read.items():
                position = seen[-1].position if seen else self.start[district]
                with read_only() as session:
                    news = messages.after(session, district, position, limit=7)
                    newest = messages.last_position(session, district)
                if len(news) < 7:
                    assert newest == (news[-1].position if news else position)
                seen += news
                last_round = last_round and not news
            self.wakes += 1
            if last_round:
                return


def run_all(app: Flask) -> Run:
    with read_only() as session:
        start = {code: messages.last_position(session, code) for code in (HERE, THERE)}
    run = Run(app, start)
    writers = [
        threading.Thread(target=run.guarded(lambda n=n: run.write(n))) for n in range(WRITERS)
    ]
    reader = threading.Thread(target=run.guarded(run.follow))
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join(120)
    run.finished.set()
    reader.join(60)
    assert not reader.is_alive()
    if run.errors:
        raise run.errors[0]
    return run


def assert_a_reader_misses_nothing(app: Flask) -> None:
    """Many write in two districts; who reads meanwhile sees all of it, once and in order."""
    run = run_all(app)
    assert run.wakes > 10, "the reader was meant to read while they wrote"
    for district, seen in run.read.items():
        first = run.start[district]
        assert [m.position for m in seen] == list(range(first + 1, first + len(seen) + 1))
        told = {(m.body["writer"], m.body["unit"]) for m in seen}
        assert told == {(w, n) for d, w, n, _, _ in run.written if d == district}
        _in_commit_order(run, district, seen)


def test_a_reader_behind_many_writers_misses_nothing(app: Flask, second_district: str) -> None:
    assert_a_reader_misses_nothing(app)


def _in_commit_order(run: Run, district: str, seen: list[Message]) -> None:
    """A unit that began after another had ended stands behind it, and its parts in order."""
    places: dict[tuple[int, int], list[int]] = {}
    for message in seen:
        key = (message.body["writer"], message.body["unit"])
        places.setdefault(key, []).append(message.position)
        assert message.body["part"] == len(places[key]) - 1
    for spots in places.values():
        assert spots == list(range(spots[0], spots[0] + len(spots))), "a unit stands together"
    units = [line for line in run.written if line[0] == district]
    units.sort(key=lambda line: line[4])  # by the moment the commit came back
    latest = 0
    ended: list[tuple[float, int]] = []
    for _, writer, number, began, done in sorted(units, key=lambda line: line[3]):
        while ended and ended[0][0] < began:
            latest = max(latest, ended.pop(0)[1])
        assert places[writer, number][0] > latest
        ended.append((done, places[writer, number][-1]))
        ended.sort()


def test_a_unit_that_fails_leaves_no_gap(app: Flask) -> None:
    before = positions(HERE)
    with unit_of_work() as session:
        say(session, HERE, n=1)
    with pytest.raises(Broken), unit_of_work() as session:
        say(session, HERE, n=2)
        session.flush()
        raise Broken
    with unit_of_work() as session:
        say(session, HERE, n=3)
    last = before[-1]
    assert positions(HERE, last) == [last + 1, last + 2]
    with read_only() as session:
        news = messages.after(session, HERE, last)
        assert [m.body["n"] for m in news] == [1, 3]


def test_each_district_has_its_own_positions(app: Flask, second_district: str) -> None:
    last = positions(HERE)[-1]
    with unit_of_work() as session:
        say(session, THERE, n=1)
        say(session, HERE, n=2)
        say(session, THERE, n=3)
    assert positions(HERE, last) == [last + 1]
    assert positions(THERE) == [1, 2]
    with read_only() as session:
        assert [m.body["n"] for m in messages.after(session, THERE, 0)] == [1, 3]
        assert messages.last_position(session, THERE) == 2
        assert messages.last_position(session, "999999") == 0


def test_a_page_of_the_log_is_its_beginning(app: Flask) -> None:
    everything = positions(HERE)
    assert everything == list(range(1, len(everything) + 1))
    with read_only() as session:
        page = messages.after(session, HERE, 3, limit=4)
    assert [m.position for m in page] == [4, 5, 6, 7]


def test_a_message_comes_back_as_it_was_written(app: Flask) -> None:
    last = positions(HERE)[-1]
    body = {"words": '埇豸 🗑️ "quoted"', "deep": {"list": [1, 2.5, None, True]}}
    with unit_of_work() as session:
        messages.append(session, HERE, MessageKind.CASE_OVERDUE, at=NOW, body=body, entry_seq=7)
    with read_only() as session:
        (message,) = messages.after(session, HERE, last)
    assert (message.body, message.kind, message.at) == (body, "case.overdue", NOW)
    assert (message.case_id, message.entry_seq) == (None, 7)


def test_only_one_process_at_a_time_holds_a_cursor(app: Flask) -> None:
    """On PostgreSQL the second goes on without it; on SQLite writers queue before it."""
    found: list[object] = []
    with unit_of_work() as session:
        held = messages.lock_cursor(session, "facts", HERE)
        assert held is not None
        position = held.position
        held.position = position + 1

        def other() -> None:
            with app.app_context(), unit_of_work() as mine:
                cursor = messages.lock_cursor(mine, "facts", HERE)
                found.append(None if cursor is None else cursor.position)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.5)  # on SQLite it waits for this unit to end
    thread.join(30)
    # Either it was told that somebody else is at it, or it saw what they had done.
    assert found in ([None], [position + 1])


def test_a_consumer_that_never_ran_stands_at_the_beginning(app: Flask) -> None:
    with read_only() as session:
        assert messages.cursor_position(session, "nobody", HERE) == 0
