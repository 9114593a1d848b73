"""Transactions: the only file that commits.

`unit_of_work()` is for writing, `read_only()` for looking. Edges open them, one
per act; services receive the session. SQLite has one writer at a time, so a
process-wide lock queues writers in Python, where waiting is fair and short,
instead of in SQLite's busy handler (measured: p99 943 ms without, 74 ms with it).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict, InvalidInput, Unavailable
from gridgov.storage import messages, numbers, timers
from gridgov.storage.base import db

WRITE = "gridgov_write"
LOCK_TIMEOUT_MS = 5_000
IDLE_TIMEOUT_MS = 15_000
# SQLSTATEs of PostgreSQL that mean "somebody else was faster; nothing was written".
CONFLICT_STATES = frozenset({"40001", "40P01", "55P03", "23505"})


class Committed:
    """Who wants to know, in this process, that a unit of work was committed."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._callbacks: list[Callable[[], None]] = []

    def add(self, callback: Callable[[], None]) -> None:
        """Call `callback` after every commit that wrote to the log."""
        self._callbacks.append(callback)

    def remove(self, callback: Callable[[], None]) -> None:
        """Forget a callback."""
        self._callbacks.remove(callback)

    def tell(self) -> None:
        """Call everybody."""
        for callback in self._callbacks:
            callback()


committed = Committed()
_write_lock = threading.Lock()
_here = threading.local()


def prepare_engine(engine: Engine) -> None:
    """Listen to the engine's connections; called once per application."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def engine_options(url: str) -> dict[str, Any]:
    """Return the engine settings for a database address."""
    if url.startswith("sqlite"):
        # A reader may not wait for a connection: opening a file is cheap, and threads
        # that hold one while they wait for another would stop the whole server.
        return {
            "connect_args": {"timeout": 10, "check_same_thread": False},
            "pool_size": 16,
            "max_overflow": -1,
            "hide_parameters": True,
        }
    timeouts = (
        f"-c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS} -c timezone=UTC"
    )
    return {
        "connect_args": {"options": timeouts},
        "pool_size": 10,
        "max_overflow": 30,
        "pool_pre_ping": True,
        # What residents write belongs into no log, not even beside an error.
        "hide_parameters": True,
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # gridgov says BEGIN itself
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE only for writers: on every begin it made reads wait 2 s behind one.
    immediate = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Open one writing transaction; leaving normally commits, an exception undoes all.

    Raises: Conflict when another writer changed the same rows first; Unavailable
    when the database cannot be reached or is locked for too long.
    """
    if getattr(_here, "writing", False):
        raise RuntimeError("a unit of work is open in this thread already")
    engine = db.engine
    single_writer = engine.dialect.name == "sqlite"
    if single_writer:
        _write_lock.acquire()
    _here.writing = True
    session = Session(engine.execution_options(**{WRITE: True}), expire_on_commit=False)
    try:
        yield session
        session.flush()
        timers.write_pending(session)
        # The place in the log is the last thing taken before the commit.
        logged = messages.write_pending(session)
        session.commit()
    except DBAPIError as error:
        session.rollback()
        raise _translated(error) from error
    except PoolTimeout as error:
        raise Unavailable("all connections of the database are busy") from error
    except BaseException:
        session.expunge_all()  # an error may carry rows, for its sentence
        session.rollback()
        raise
    finally:
        session.close()
        _here.writing = False
        if single_writer:
            _write_lock.release()
    numbers.share_leftovers(session)
    if logged:
        committed.tell()


@contextmanager
def attempt(session: Session) -> Iterator[None]:
    """Open a part of a unit of work that may fail without the rest of it.

    What it kept for the end of the unit (messages, rows of what comes due) goes with it.
    """
    kept = {name: copy(value) for name, value in session.info.items()}
    try:
        with session.begin_nested():
            yield
    except BaseException:
        session.info.clear()
        session.info.update(kept)
        raise


@contextmanager
def read_only(*, patient: bool = False) -> Iterator[Session]:
    """Open one reading transaction with a single, unmoving view of the database.

    A `patient` one may reckon for as long as it likes between two statements, as a check of
    a whole history does; any other that stands idle is ended by the database.
    """
    engine = db.engine
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    session = Session(engine, expire_on_commit=False, autoflush=False)
    try:
        if patient and engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield session
    except (OperationalError, DataError) as error:
        raise _translated(error) from error
    except PoolTimeout as error:
        raise Unavailable("all connections of the database are busy") from error
    finally:
        session.expunge_all()  # what was read stays readable after the transaction
        session.rollback()
        session.close()


def _translated(error: DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None)
    if state in CONFLICT_STATES or "UNIQUE constraint failed" in str(error.orig):
        return Conflict("another writer was faster")
    if isinstance(error, OperationalError):
        return Unavailable("the database cannot be reached or is locked")
    if isinstance(error, DataError):  # PostgreSQL keeps no NUL, for one
        return InvalidInput("form", "not_storable")
    return error
