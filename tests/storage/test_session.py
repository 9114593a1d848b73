"""Transactions: what commits, what is undone, and what a writer may not do."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from gridgov.domain.errors import Conflict, GridgovError
from gridgov.domain.messages import MessageKind
from gridgov.storage import messages
from gridgov.storage.access import Attempt
from gridgov.storage.base import db
from gridgov.storage.people import Person
from gridgov.storage.session import committed, read_only, unit_of_work

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
DISTRICT = "440608"


def attempt(source: str = "a") -> Attempt:
    return Attempt(kind="test", source=source, at=NOW)


def kept() -> int:
    with read_only() as session:
        query = select(func.count()).select_from(Attempt).where(Attempt.kind == "test")
        return session.scalars(query).one()


def say(session: object) -> None:
    messages.append(session, DISTRICT, MessageKind.CASE_NOTED, at=NOW, body={})  # type: ignore[arg-type]


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the commits of this process were told, by a callback that is taken away again."""
    calls: list[str] = []

    def callback() -> None:
        calls.append("told")

    committed.add(callback)
    yield calls
    committed.remove(callback)


def test_leaving_normally_commits(app: Flask) -> None:
    with unit_of_work() as session:
        session.add(attempt())
    assert kept() == 1


def test_an_exception_undoes_everything_and_comes_out_as_it_was(app: Flask) -> None:
    with read_only() as session:
        before = messages.last_position(session, DISTRICT)
    error = LookupError("mine")
    with pytest.raises(LookupError) as caught, unit_of_work() as session:
        session.add(attempt())
        session.flush()
        say(session)
        raise error
    assert caught.value is error
    assert kept() == 0
    with read_only() as session:
        assert messages.last_position(session, DISTRICT) == before
    with unit_of_work() as session:  # and the next one is free to start
        session.add(attempt())
    assert kept() == 1


def test_a_unit_inside_a_unit_is_refused_and_the_outer_one_goes_on(app: Flask) -> None:
    with unit_of_work() as session:
        session.add(attempt())
        with pytest.raises(RuntimeError, match="open in this thread"), unit_of_work():
            raise AssertionError("the inner unit was opened")
    assert kept() == 1


def test_units_of_two_threads_do_not_see_each_other_as_nested(app: Flask) -> None:
    errors: list[BaseException] = []
    started = threading.Barrier(2)

    def write(source: str) -> None:
        try:
            started.wait(60)
            with app.app_context(), unit_of_work() as session:
                session.add(attempt(source))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert kept() == 2


def test_what_was_written_stays_readable_after_the_unit(app: Flask) -> None:
    with unit_of_work() as session:
        made = attempt("readable")
        session.add(made)
    assert (made.source, made.at) == ("readable", NOW)


def test_reading_never_writes(app: Flask) -> None:
    engine = db.engine.dialect.name
    if engine == "postgresql":
        with pytest.raises(DBAPIError, match="read-only transaction"), read_only() as session:
            session.execute(text("DELETE FROM attempts"))
    else:
        with read_only() as session:
            session.add(attempt())
            session.flush()
    assert kept() == 0


def test_a_reader_sees_one_unmoving_view(app: Flask) -> None:
    query = select(func.count()).select_from(Attempt).where(Attempt.kind == "test")
    with read_only() as session:
        first = session.scalars(query).one()

        def write() -> None:
            with app.app_context(), unit_of_work() as other:
                other.add(attempt())

        writer = threading.Thread(target=write)
        writer.start()
        writer.join(30)
        assert kept() == first + 1, "another reader, who came later, sees it"
        assert session.scalars(query).one() == first
    assert kept() == first + 1


def test_a_key_that_is_taken_is_a_conflict(app: Flask) -> None:
    with read_only() as session:
        taken = session.scalars(select(Person).where(Person.username == "worker")).one()
    with pytest.raises(Conflict) as caught, unit_of_work() as session:
        session.add(attempt())
        session.add(Person(district_code=DISTRICT, username=taken.username, name="x"))
    assert isinstance(caught.value.__cause__, DBAPIError)
    assert kept() == 0


def test_a_key_that_is_taken_inside_the_unit_is_a_conflict_too(app: Flask) -> None:
    with pytest.raises(Conflict), unit_of_work() as session:
        session.add(Person(district_code=DISTRICT, username="worker", name="x"))
        session.flush()
    with unit_of_work() as session:
        session.add(attempt())
    assert kept() == 1


def test_another_trouble_of_the_database_is_not_called_a_conflict(app: Flask) -> None:
    with pytest.raises(DBAPIError) as caught, unit_of_work() as session:
        session.execute(text("INSERT INTO case_numbers (district_code) VALUES ('440608')"))
    assert not isinstance(caught.value, GridgovError)


def test_callbacks_hear_of_commits_that_wrote_to_the_log_and_of_no_others(
    app: Flask, told: list[str]
) -> None:
    with unit_of_work() as session:
        session.add(attempt())
    assert told == [], "nothing was written to the log"
    with pytest.raises(LookupError), unit_of_work() as session:
        say(session)
        raise LookupError
    assert told == [], "nothing was committed"
    with unit_of_work() as session:
        say(session)
        say(session)
        assert told == [], "not before the commit"
    assert told == ["told"], "once for the unit, however many messages it wrote"
    with read_only() as session:
        messages.last_position(session, DISTRICT)
    assert told == ["told"]


def test_a_callback_sees_what_was_committed(app: Flask) -> None:
    with read_only() as session:
        before = messages.last_position(session, DISTRICT)
    seen: list[int] = []

    def look() -> None:
        with read_only() as session:
            seen.append(messages.last_position(session, DISTRICT))

    committed.add(look)
    try:
        with unit_of_work() as session:
            say(session)
    finally:
        committed.remove(look)
    assert seen == [before + 1]


def test_a_naive_moment_is_nobodys_time(app: Flask) -> None:
    with pytest.raises(Exception, match="naive"), unit_of_work() as session:
        session.add(Attempt(kind="test", source="x", at=NOW.replace(tzinfo=None)))
    assert kept() == 0


@pytest.mark.parametrize(("patient", "waits"), [(True, "0"), (False, "15s")])
def test_only_a_patient_reader_may_reckon_for_long_between_two_statements(
    app: Flask, patient: bool, waits: str
) -> None:
    with read_only(patient=patient) as session:
        if db.engine.dialect.name != "postgresql":
            assert session.scalar(text("SELECT 1")) == 1  # SQLite ends nobody's transaction
            return
        shown = session.scalar(text("SHOW idle_in_transaction_session_timeout"))
    assert shown == waits
    with read_only() as session:  # and the next who gets the connection is not
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "15s"
