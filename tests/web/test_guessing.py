"""Guessing passwords and receipt codes: it is told nothing, slowed down and ended."""

from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.storage.access import Attempt
from gridgov.web.login import LOCK_AFTER, LOCK_ALL_AFTER
from gridgov.web.security import GUESSES, GUESSES_CLOSED
from tests.support.app import Installation, copy_of
from tests.web.edge import Edge, opened, try_login
from tests.web.reading import fields_of, words_of

WRONG = "用户名或密码不对。"


def test_wrong_name_and_wrong_password_say_the_same(edge: Edge) -> None:
    right = edge.installation.login("village")["username"]
    answers = [
        try_login(edge.visitor(), name, "wrong-password") for name in (right, "nobody", "w0100")
    ]
    said = {words_of(answer.text) for answer in answers}
    assert len(said) == 1
    assert WRONG in said.pop()
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert fields_of(answers[1].text)["username"] == ["nobody"], "the name is kept"
    assert not any(fields_of(answer.text).get("password", [""])[0] for answer in answers)


def test_eight_wrong_passwords_close_the_account_to_the_caller_in_every_process(
    sqlite_sample: Installation, tmp_path: Any
) -> None:
    installation = copy_of(sqlite_sample, tmp_path, None)
    login = installation.login("supervisor")
    name, password = login["username"], login["password"]
    with opened(installation) as first, opened(installation) as second:
        for number in range(LOCK_AFTER):
            answer = try_login((first, second)[number % 2].visitor(), name, f"wrong-{number}")
            assert WRONG in words_of(answer.text)
        for process in (first, second):
            answer = try_login(process.visitor(), name, password)
            assert answer.status_code == 200, "closed for the right password too"
            assert "账号会锁定 10 分钟" in words_of(answer.text)
        elsewhere = first.visitor(address="10.7.7.7")
        assert try_login(elsewhere, name, password).status_code == 302, "the person can work"
        other = installation.login("worker")
        assert try_login(first.visitor(), other["username"], other["password"]).status_code == 302
        _years_pass(second)
        assert second.sign_in(name, password)


def _years_pass(edge: Edge) -> None:
    with edge.writing() as session:
        for row in session.scalars(select(Attempt)):
            row.at = row.at.replace(year=2020)


def test_many_callers_together_close_the_account_all_the_same(
    sqlite_sample: Installation, tmp_path: Any
) -> None:
    installation = copy_of(sqlite_sample, tmp_path, None)
    login = installation.login("worker")
    with opened(installation) as edge:
        assert WRONG in words_of(try_login(edge.visitor(), login["username"], "wrong").text)
        with edge.writing() as session:
            kept = session.scalars(select(Attempt)).one()
            for number in range(LOCK_ALL_AFTER - 1):
                session.add(Attempt(kind=kept.kind, source=f"caller {number}", at=kept.at))
        stranger = edge.visitor(address="10.8.8.8")
        answer = try_login(stranger, login["username"], login["password"])
        assert (answer.status_code, WRONG in words_of(answer.text)) == (200, True)


def guess(browser: FlaskClient, count: int, **headers: str) -> list[int]:
    """Try codes that nobody has."""
    codes = [
        f"2222-2222-{number:04d}".replace("0", "Z").replace("1", "Y") for number in range(count)
    ]
    return [browser.get(f"/r/{code}", headers=headers).status_code for code in codes]


def test_ten_guessed_codes_stop_the_guesser_alone(edge: Edge) -> None:
    code = edge.report()
    thief = edge.visitor(address="10.9.9.9")
    for number in range(GUESSES):
        spoofed = {"X-Forwarded-For": f"172.16.0.{number}"}
        assert guess(thief, 1, **spoofed) == [404]
    stopped = thief.get("/r/ZZZZ-ZZZZ-ZZZZ")
    assert stopped.status_code == 429
    assert "短时间内试得太多了" in words_of(stopped.text)
    assert "请等一分钟再试" in words_of(stopped.text)
    for path in ("/r/ZZZZ-ZZZZ-ZZZZ/fragment", f"/r/ZZZZ-ZZZZ-ZZZZ/photos/{uuid4()}/thumb.jpg"):
        assert thief.get(path).status_code == 429, path
    for path in ("/r/ZZZZ-ZZZZ-ZZZZ/more", "/r/ZZZZ-ZZZZ-ZZZZ/rate"):
        assert thief.post(path, data={"text": "x"}).status_code == 429, path
    lookup = thief.get("/r", query_string={"code": "ZZZZ-ZZZZ-ZZZZ"})
    assert lookup.status_code == 429
    assert "请 10 分钟后再试，或打 12345" in words_of(lookup.text)
    assert thief.get(f"/r/{code}").status_code == 200, "a neighbour behind the same address"
    others = edge.visitor(address="10.9.9.8")
    assert others.get(f"/r/{code}").status_code == 200
    assert others.get("/r/ZZZZ-ZZZZ-ZZZZ").status_code == 404
    with edge.rows() as session:
        sources = session.scalars(select(Attempt.source).where(Attempt.kind == "receipt")).all()
    assert not any("10.9.9" in source for source in sources), "addresses are not kept"


def test_guesses_are_counted_in_rows_and_end(sqlite_sample: Installation, tmp_path: Any) -> None:
    installation = copy_of(sqlite_sample, tmp_path, None)
    with opened(installation) as first, opened(installation) as second:
        code = first.report()
        assert guess(first.visitor(), 5) == [404] * 5
        wrong = [second.visitor().get("/r", query_string={"code": "WRONG"}) for _ in range(5)]
        assert [answer.status_code for answer in wrong] == [404] * 5
        assert "没有这个回执码" in words_of(wrong[0].text)
        for process in (first, second):
            assert guess(process.visitor(), 1) == [429]
        with first.writing() as session:
            kept = session.scalars(select(Attempt)).all()
            assert len(kept) == GUESSES
            for _ in range(GUESSES_CLOSED - GUESSES):
                session.add(Attempt(kind="receipt", source=kept[0].source, at=kept[0].at))
        closed = second.visitor().get(f"/r/{code}")
        assert closed.status_code == 429, "now even a right code tells nothing"
        _years_pass(second)
        assert second.visitor().get(f"/r/{code}").status_code == 200
        assert guess(second.visitor(), 1) == [404]


def test_a_flood_from_one_place_is_slowed_with_a_sentence(
    sqlite_sample: Installation, tmp_path: Any
) -> None:
    with opened(copy_of(sqlite_sample, tmp_path, None), limited=True) as served:
        path = f"/r/{served.report()}/more"
        answers = [served.visitor().post(path, data={}) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [400] * 10 + [429]
        assert "请等一分钟再试，什么都没有丢" in words_of(answers[-1].text)
        assert served.visitor(address="10.0.0.7").post(path, data={}).status_code == 400
        assert served.visitor().get("/").status_code == 200
