"""What protects people from other sites and from our own faults."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.app import Installation, copy_of, token_in
from tests.web.edge import GRID, TEXT, TOWN, Edge, file, opened, picture
from tests.web.reading import links_of, words_of

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


def assert_nothing_inline(answer: Any, path: str) -> None:
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
    *(f"/desk?tab={tab}" for tab in ("to_dispatch", "emergency", "returned", "open", "overdue")),
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
        assert_nothing_inline(visitor.get(path), path)
    visitor.set_cookie("elder", "1")
    for path in ("/", "/report", f"/r/{waiting['closed']}"):
        assert_nothing_inline(visitor.get(path), path)
    for broken in (
        {"text": ""},
        {"phone": "1"},
        {"text": "着火了，快来"},
        {"lon": "1", "lat": "1"},
    ):
        answer = visitor.post("/report", data=edge.form(**broken))
        assert answer.status_code in {400, 422}
        assert_nothing_inline(answer, str(broken))


@pytest.mark.parametrize("role", ROLES)
def test_no_staff_page_has_anything_inline(edge: Edge, waiting: dict[str, str], role: str) -> None:
    browser = edge.staff(role)
    cases = [f"/work/cases/{edge.case(code).id}" for code in waiting.values()]
    seen = 0
    for path in (*STAFF_PAGES, *cases):
        answer = browser.get(path)
        assert_nothing_inline(answer, path)
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
        assert_nothing_inline(answer, path)
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


def test_too_much_at_once_is_refused_with_a_sentence(edge: Edge) -> None:
    big = bytes(41 * 1024 * 1024)
    answer = edge.visitor().post("/report", data=edge.form(photos=[file(big, "a.jpg")]))
    assert answer.status_code == 413
    assert "一次最多传 40 MB：照片请少发几张或发小一点的" in words_of(answer.text)
    program = edge.visitor().post("/api/v1/reports", data=edge.form(photos=[file(big, "a.jpg")]))
    assert program.status_code == 413
    assert program.mimetype == "application/problem+json"
    assert program.json["title"] == "内容太大，收不下"


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
    assert_nothing_inline(page, "/fails")
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
