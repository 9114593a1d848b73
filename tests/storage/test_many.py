"""Many rows with one statement: what is written comes back as it was, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    create_engine,
    event,
    select,
)
from sqlalchemy.orm import Session

from gridgov.storage import many
from gridgov.storage.base import Json, UtcDateTime

NOON = datetime(2026, 11, 18, 4, 0, 0, 123456, tzinfo=UTC)
THINGS = Table(
    "things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("count", Integer),
    Column("yes", Boolean),
    Column("word", String),
    Column("at", UtcDateTime),
    Column("raw", LargeBinary),
    Column("data", Json),
)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    THINGS.create(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def thing(**columns: Any) -> dict[str, Any]:
    row = {"id": uuid4(), "count": 3, "yes": True, "word": "50 % 'of' \"it\" – 网格"}
    return row | {"at": NOON, "raw": b"\x00\xff\\", "data": {"a": [1, None, "二"]}} | columns


def kept(session: Session) -> dict[UUID, dict[str, Any]]:
    return {row.id: dict(row._mapping) for row in session.execute(select(THINGS))}


def test_new_rows_come_back_as_they_were(session: Session) -> None:
    shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    rows = [thing(), thing(count=None, yes=False, word=None, raw=None, data={}), thing(at=shanghai)]
    many.insert(session, THINGS, rows)
    assert kept(session) == {row["id"]: row for row in rows}


def test_rows_are_changed_by_their_id_and_others_are_left_alone(session: Session) -> None:
    first, second, third = thing(), thing(), thing()
    many.insert(session, THINGS, [first, second, third])
    later = NOON + timedelta(hours=1)
    changed = [
        {"id": second["id"], "word": None, "at": later, "data": {"new": True}},
        {"id": third["id"], "word": "drei", "at": later, "data": {}},
    ]
    many.update(session, THINGS, changed)
    assert kept(session) == {
        first["id"]: first,
        second["id"]: second | changed[0],
        third["id"]: third | changed[1],
    }


def test_a_row_of_a_key_that_stands_there_is_added_to_and_else_replaced(session: Session) -> None:
    first, new = thing(count=3), thing(count=5)
    many.insert(session, THINGS, [first])
    later = {**first, "word": "新", "at": NOON + timedelta(hours=1), "yes": None}
    silent = {name: value for name, value in later.items() if name != "count"}
    many.upsert(session, THINGS, [{**later, "count": -5}, new], added=("count",))
    assert kept(session) == {first["id"]: {**later, "count": -2}, new["id"]: new}
    many.upsert(session, THINGS, [silent], added=("count",))
    many.upsert(session, THINGS, [{**new, "count": 1}])
    assert kept(session) == {first["id"]: {**later, "count": -2}, new["id"]: {**new, "count": 1}}


def test_hundreds_of_rows_are_one_statement_and_none_is_no_statement(session: Session) -> None:
    asked: list[str] = []
    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda _c, _k, said, *_more: asked.append(said))
    many.insert(session, THINGS, [])
    many.update(session, THINGS, [])
    many.upsert(session, THINGS, [])
    assert asked == []
    rows = [thing(count=number) for number in range(300)]
    many.insert(session, THINGS, rows)
    many.update(session, THINGS, [{"id": row["id"], "count": -row["count"]} for row in rows])
    assert len(asked) == 2
    assert sorted(row["count"] for row in kept(session).values()) == list(range(-299, 1))


def test_a_moment_of_no_zone_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="naive"):
        many.insert(session, THINGS, [thing(at=NOON.replace(tzinfo=None))])
