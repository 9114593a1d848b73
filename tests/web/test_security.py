"""What protects people from other sites, from guessing, and from our own faults."""

import re
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from gridgov.storage.access import Attempt
from gridgov.storage.people import Person
from gridgov.web.login import LOCK_AFTER, LOCK_ALL_AFTER
from gridgov.web.security import GUESSES, GUESSES_CLOSED
from tests.support.app import Installation, copy_of, token_in
from tests.web.edge import GRID, TEXT, TOWN, Edge, file, opened, picture, try_login
from tests.web.reading import fields_of, links_of, words_of

WRONG = "用户名或密码不对。"
ROLES = (
    "worker",
    "deputy",
    "village",
    "handler",
    "dispatcher",
    "town_dispatcher",
    "supervisor",
    "system_admin",
)


class Inline(HTMLParser):
    """Finds what a strict policy refuses: inline styles, handlers, scripts, script addresses."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce, self.found = nonce, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        if "style" in given:
            self.found.append(f"{tag} style")
        self.found += [
            f"{tag} {name}={given[name]}"
            for name in ("href", "src", "action", "formaction")
            if given.get(name, "").strip().lower().startswith(("javascript:", "vbscript:"))
        ]
        data = given.get("type", "").endswith("json")
        named = "src" in given or given.get("nonce") == self.nonce
        if tag == "style" or (tag == "script" and not data and not named):
            self.found.append(f"inline {tag}")
        outside = re.match(r"(?:https?:)?//", given.get("src", "") or given.get("href", ""))
        if tag in ("script", "link", "img", "iframe") and outside:
            self.found.append(f"{tag} from elsewhere")


def check_page(answer: Any, path: str) -> None:
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([\w-]{20,})'", policy)
    assert nonce is not None, path
    for word in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ):
        assert word in policy, path
    assert "frame-ancestors 'none'" in policy, path
    assert "unsafe" not in policy, path
    assert answer.headers["X-Content-Type-Options"] == "nosniff", path
    assert answer.headers["Referrer-Policy"] == "same-origin", path
    assert answer.headers["Cache-Control"] == "no-store", path
    reader = Inline(nonce[1])
    reader.feed(answer.text)
    assert not reader.found, path


@pytest.fixture(scope="module")
def waiting(edge: Edge) -> dict[str, str]:
    """Cases at each stage, so that every form of the case page is shown to somebody."""
    worker, deputy = edge.staff("worker"), edge.staff("deputy")
    codes = {"sign": edge.report(photos=[picture()])}
    codes["handling"] = edge.report()
    edge.done(worker, edge.case(codes["handling"]).id, "sign")
    codes["check"] = edge.report()
    edge.done(worker, edge.case(codes["check"]).id, "sign", "resolve")
    codes["returned"] = edge.report()
    back = {"reason": "wrong_duty", "text": "不归网格"}
    assert edge.act(worker, edge.case(codes["returned"]).id, "return", **back).status_code == 303
    codes["closed"] = edge.report()
    edge.done(worker, edge.case(codes["closed"]).id, "sign", "resolve")
    edge.done(deputy, edge.case(codes["closed"]).id, "check_pass")
    return codes


PUBLIC_PAGES = ("/", "/report", "/r", "/r?code=WRONG", "/privacy", "/login", "/nothing/here")
STAFF_PAGES = (
    "/work",
    *(f"/work?tab={tab}" for tab in ("sign", "handling", "check", "done")),
    *(f"/desk?tab={tab}" for tab in ("to_dispatch", "returned", "open", "overdue")),
    "/board",
    *(f"/board?area={code}" for code in (TOWN, GRID[:12], GRID)),
    "/board?period=today",
    *(f"/board/cases?figure={figure}" for figure in ("received", "closed", "open", "overdue")),
    "/admin",
    "/board?area=999",
)


@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_no_public_page_has_anything_inline(
    edge: Edge, waiting: dict[str, str], english: bool
) -> None:
    visitor = edge.visitor(english=english, address="10.0.0.2")
    pages = [*PUBLIC_PAGES, *(f"/r/{code}" for code in waiting.values())]
    for path in pages:
        check_page(visitor.get(path), path)
    visitor.set_cookie("elder", "1")
    for path in ("/", "/report", f"/r/{waiting['closed']}"):
        check_page(visitor.get(path), path)
    for broken in (
        {"text": ""},
        {"phone": "1"},
        {"text": "着火了，快来"},
        {"lon": "1", "lat": "1"},
    ):
        answer = visitor.post("/report", data=edge.form(**broken))
        assert answer.status_code in {400, 422}
        check_page(answer, str(broken))


@pytest.mark.parametrize("role", ROLES)
def test_no_staff_page_has_anything_inline(edge: Edge, waiting: dict[str, str], role: str) -> None:
    browser = edge.staff(role)
    cases = [f"/work/cases/{edge.case(code).id}" for code in waiting.values()]
    seen = 0
    for path in (*STAFF_PAGES, *cases):
        answer = browser.get(path)
        check_page(answer, path)
        seen += answer.status_code == 200
    assert seen >= 1


def test_each_answer_has_its_own_nonce(edge: Edge) -> None:
    policies = {edge.visitor().get("/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_text_from_people_is_never_markup(edge: Edge) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    code = edge.report(text=evil, place_words=evil[:100])
    case_id = edge.case(code).id
    edge.fold()
    for browser, path in (
        (edge.visitor(), f"/r/{code}"),
        (edge.staff("worker"), f"/work/cases/{case_id}"),
        (edge.staff("worker"), "/work?tab=sign"),
        (edge.staff("supervisor"), "/board"),
        (edge.staff("supervisor"), "/board/cases?figure=open"),
    ):
        answer = browser.get(path)
        check_page(answer, path)
        assert "<script>alert" in words_of(answer.text), path


def test_a_staff_form_without_its_token_changes_nothing(edge: Edge) -> None:
    code = edge.report()
    worker, case_id = edge.staff("worker"), edge.case(code).id
    for data in ({}, {"csrf_token": "forged"}):
        answer = worker.post(f"/work/cases/{case_id}/sign", data=data)
        assert answer.status_code == 400
        assert "这一页打开太久了" in words_of(answer.text)
        assert "Traceback" not in answer.text
    strange = token_in(edge.staff("deputy").get("/work").text)
    answer = worker.post(f"/work/cases/{case_id}/sign", data={"csrf_token": strange})
    assert answer.status_code == 400, "the token of another session"
    assert edge.case(code).state == "dispatched"
    assert edge.visitor().post("/login", data={"username": "worker"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_another_site_cannot_send_in_a_residents_name(edge: Edge, headers: dict[str, str]) -> None:
    code = edge.closed()
    before = edge.case(code).history_seq
    for path, data in (
        ("/report", edge.form()),
        ("/api/v1/reports", edge.form()),
        (f"/r/{code}/rate", {"solved": "no"}),
        (f"/r/{code}/more", {"text": "x"}),
    ):
        answer = edge.visitor().post(path, data=data, headers=headers)
        assert answer.status_code == 403, path
        assert "您不能做这个操作" in answer.text, path
    assert edge.case(code).history_seq == before


def test_our_own_pages_and_plain_programs_may_send(edge: Edge) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}):
        answer = edge.visitor().post("/report", data=edge.form(), headers=headers)
        assert answer.status_code == 303


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


ELSEWHERE = (
    "//evil.example",
    "https://evil.example/work",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "https:evil.example",
    "javascript:alert(1)",
)


def leads_away(answer: Any) -> bool:
    """Tell whether a browser would leave our site, reading the address as browsers do."""
    address = re.sub(r"[\t\r\n]", "", answer.headers["Location"]).replace("\\", "/").strip()
    return address.startswith("//") or re.match(r"[a-z]+:", address) is not None


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_address_of_ours_leads_to_another_site(edge: Edge, target: str) -> None:
    for path in ("/language", "/elder"):
        answer = edge.visitor().get(path, query_string={"back": target})
        assert answer.status_code == 303
        assert not leads_away(answer), path
    login = edge.installation.login("worker")
    answer = try_login(edge.visitor(), login["username"], login["password"], next=target)
    assert answer.status_code == 302, "whoever knows the password gets in"
    assert not leads_away(answer)


def test_sign_in_leads_to_where_one_wanted_to_go(edge: Edge) -> None:
    login = edge.installation.login("worker")
    wanted = "/work?tab=handling"
    answer = try_login(edge.visitor(), login["username"], login["password"], next=wanted)
    assert answer.headers["Location"] == wanted
    answer = try_login(edge.visitor(), login["username"], login["password"])
    assert answer.headers["Location"] == "/staff"


def test_the_session_cookie_is_for_us_alone(edge: Edge) -> None:
    login = edge.installation.login("worker")
    answer = try_login(edge.visitor(), login["username"], login["password"])
    cookies = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("gridgov=")]
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]
    assert "Secure" not in cookies[0], "plain HTTP on this machine"
    assert "remember_token" not in answer.headers.get("Set-Cookie", "")


def test_served_to_other_machines_every_cookie_asks_for_https(
    sqlite_sample: Installation, tmp_path: Any
) -> None:
    installation = copy_of(sqlite_sample, tmp_path, None)
    login = installation.login("worker")
    with opened(installation, host="0.0.0.0") as served:
        browser = served.visitor()
        page = browser.get("/login", base_url="https://localhost")
        form = {"username": login["username"], "password": login["password"]}
        form |= {"csrf_token": token_in(page.text)}
        headers = {"Referer": "https://localhost/login"}
        answer = browser.post("/login", data=form, headers=headers, base_url="https://localhost")
        language = browser.get("/language?to=en", base_url="https://localhost")
    assert answer.status_code == 302
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    for cookie in (answer.headers["Set-Cookie"], language.headers["Set-Cookie"]):
        assert "Secure" in cookie


def test_signing_out_ends_the_session_and_needs_a_token(edge: Edge) -> None:
    login = edge.installation.login("village")
    browser = edge.sign_in(login["username"], login["password"])
    assert browser.get("/logout").status_code == 405, "an image on another site cannot do it"
    assert browser.post("/logout").status_code == 400
    assert browser.get("/work").status_code == 200
    token = token_in(browser.get("/work").text)
    answer = browser.post("/logout", data={"csrf_token": token})
    assert answer.headers["Location"] == "/login"
    assert browser.get("/work").status_code == 302


def test_a_person_who_left_is_out_at_once(edge: Edge) -> None:
    login = edge.installation.login("village")
    browser = edge.sign_in(login["username"], login["password"])
    _set_active(edge, login["username"], False)
    try:
        assert browser.get("/work").status_code == 302
        answer = try_login(edge.visitor(), login["username"], login["password"])
        assert answer.status_code == 200
    finally:
        _set_active(edge, login["username"], True)


def _set_active(edge: Edge, name: str, active: bool) -> None:
    with edge.writing() as session:
        session.execute(update(Person).where(Person.username == name).values(active=active))


def test_too_much_at_once_is_refused_with_a_sentence(edge: Edge) -> None:
    big = bytes(41 * 1024 * 1024)
    answer = edge.visitor().post("/report", data=edge.form(photos=[file(big, "a.jpg")]))
    assert answer.status_code == 413
    assert "一次最多传 40 MB：照片请少发几张或发小一点的" in words_of(answer.text)
    program = edge.visitor().post("/api/v1/reports", data=edge.form(photos=[file(big, "a.jpg")]))
    assert program.status_code == 413
    assert program.mimetype == "application/problem+json"
    assert program.json["title"] == "内容太大，收不下"


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


def test_a_fault_of_ours_shows_a_number_and_no_trace(
    sqlite_sample: Installation, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    installation = copy_of(sqlite_sample, tmp_path, None)
    with opened(installation, testing=False) as served:

        def fail() -> str:
            raise RuntimeError("secret detail of the fault")

        served.app.add_url_rule("/fails", view_func=fail)
        served.app.add_url_rule("/api/v1/fails", "api_fails", fail)
        page = served.visitor().get("/fails")
        program = served.visitor().get("/api/v1/fails")
    assert (page.status_code, program.status_code) == (500, 500)
    check_page(page, "/fails")
    number = re.search(r"错误编号 ([0-9A-F]{6})", words_of(page.text))
    assert number is not None
    assert "您填的没有丢" in words_of(page.text)
    assert number[1] in capsys.readouterr().out, "the number leads to the log"
    assert program.mimetype == "application/problem+json"
    assert re.fullmatch("[0-9A-F]{6}", program.json["number"])
    for answer in (page, program):
        assert "secret detail" not in answer.text
        assert "Traceback" not in answer.text
    assert any(address == "/" for address, _ in links_of(page.text)), "a way on"


def test_the_log_of_a_fault_holds_nothing_a_resident_wrote(
    sqlite_sample: Installation,
    tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("a fault while a report is taken in")

    with opened(copy_of(sqlite_sample, tmp_path, None), testing=False) as served:
        code = served.report()
        monkeypatch.setattr("gridgov.services.intake.check_phone", fail)
        monkeypatch.setattr("gridgov.web.receipt_pages.check_text", fail)
        form = served.form(phone="13923456789")
        answers = [
            served.visitor().post("/report", data=form),
            served.visitor().post("/api/v1/reports", json=form),
            served.visitor().post(f"/r/{code}/more", data={"text": TEXT}),
        ]
    assert [answer.status_code for answer in answers] == [500, 500, 500]
    logged = capsys.readouterr()
    assert "a fault while a report is taken in" in logged.out
    for secret in ("13923456789", TEXT, code, code.replace("-", "")):
        assert secret not in logged.out + logged.err


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
