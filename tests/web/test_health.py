"""Health: alive as long as the process turns, ready only when everything it needs is there."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gridgov.storage.base import db
from gridgov.web.tail import STALE_AFTER_S, Tail
from tests.support.app import Installation, copy_of
from tests.web.edge import Edge, opened, try_login
from tests.web.reading import words_of

ALL = {"database": True, "migrated": True, "tail": True}


@pytest.fixture
def served(edge_on_both: Edge) -> Edge:
    """An installation whose tail has just turned."""
    tail = Tail(edge_on_both.app, interval_s=0.5)
    edge_on_both.app.extensions["gridgov_tail"] = tail
    with edge_on_both.app.test_request_context():
        tail.once()
    tail.alive_at = time.monotonic()
    return edge_on_both


def ready(edge: Edge) -> tuple[int, dict[str, bool]]:
    answer = edge.visitor().get("/readyz")
    body = dict(answer.json)
    assert body.pop("status") == ("ready" if answer.status_code == 200 else "not ready")
    return answer.status_code, body


def test_ready_when_the_database_is_migrated_and_the_tail_turns(served: Edge) -> None:
    assert served.visitor().get("/healthz").json == {"status": "ok"}
    assert ready(served) == (200, ALL)


def test_not_ready_when_the_tail_stopped_or_never_ran(served: Edge) -> None:
    tail: Tail = served.app.extensions["gridgov_tail"]
    tail.alive_at -= STALE_AFTER_S + 1
    assert ready(served) == (503, {**ALL, "tail": False})
    tail.alive_at = time.monotonic()
    assert ready(served) == (200, ALL)
    del served.app.extensions["gridgov_tail"]
    assert ready(served) == (503, {**ALL, "tail": False})
    assert served.visitor().get("/healthz").status_code == 200


def test_not_ready_when_the_database_is_behind_the_program(served: Edge) -> None:
    with served.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert ready(served) == (503, {**ALL, "migrated": False})


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Edge]:
    """An application on a database in which there is nothing."""
    installation = Installation(f"sqlite:///{tmp_path / 'new.sqlite'}", tmp_path / "instance")
    with opened(installation, testing=False) as edge:
        yield edge


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[Edge]:
    """An application whose database cannot be reached."""
    installation = Installation(f"sqlite:///{tmp_path / 'no' / 'x.sqlite'}", tmp_path / "instance")
    with opened(installation, testing=False) as edge:
        yield edge


def test_not_ready_on_an_empty_database(empty: Edge) -> None:
    assert ready(empty) == (503, {"database": True, "migrated": False, "tail": False})
    assert empty.visitor().get("/healthz").status_code == 200


def test_not_ready_without_a_database(gone: Edge) -> None:
    assert ready(gone) == (503, dict.fromkeys(ALL, False))
    assert gone.visitor().get("/healthz").status_code == 200


@pytest.mark.parametrize("which", ["empty", "gone"])
def test_pages_say_a_sentence_when_the_database_is_not_there(
    which: str, request: pytest.FixtureRequest
) -> None:
    edge: Edge = request.getfixturevalue(which)
    for path in ("/", "/report", "/r/7KQ4-M2XP-9DHT", "/no-such-page"):
        answer = edge.visitor().get(path)
        assert answer.status_code == (404 if path == "/no-such-page" else 503), path
        assert "现在用不了" in words_of(answer.text) or path == "/no-such-page"
        assert "Traceback" not in answer.text and "sqlite" not in answer.text.lower()
    answer = edge.visitor().get("/api/v1/areas?q=x")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")


def test_a_signed_in_page_says_a_sentence_when_the_database_goes(
    sqlite_sample: Installation, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    installation = copy_of(sqlite_sample, tmp_path / "data", None)
    with opened(installation, testing=False) as edge:
        worker = edge.staff("worker")
        with edge.app.app_context():
            db.engine.dispose()
        (tmp_path / "data").rename(tmp_path / "moved")
        for path in ("/work", "/"):
            answer = worker.get(path)
            assert answer.status_code in {500, 503}, path
            words = words_of(answer.text)
            assert "现在用不了" in words or "我们这边出了故障" in words
        (tmp_path / "moved").rename(tmp_path / "data")
        assert worker.get("/work").status_code == 200, "and goes on when it is back"


def test_what_the_database_cannot_keep_is_no_fault(edge_on_both: Edge) -> None:
    visitor = edge_on_both.visitor()
    where = {"lon": "112.89", "lat": "22.9", "datum": "wgs84"}
    for path, query in (
        ("/api/v1/locate", {**where, "district": "44\0"}),
        ("/api/v1/areas", {"q": "\0"}),
        ("/api/v1/board", {"area": "\0"}),
        ("/r", {"code": "\0\0"}),
        ("/r/%00", {}),
        ("/language", {"to": "\0"}),
    ):
        answer = visitor.get(path, query_string=query)
        assert answer.status_code < 500, path
    login = try_login(visitor, "wor\0ker", "pass\0word")
    assert login.status_code == 200
