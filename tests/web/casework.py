"""Cases as people walk them through their pages: lists, forms, and steps with their outcome."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

from tests.web.edge import Edge
from tests.web.reading import links_of, words_of

ZONE = ZoneInfo("Asia/Shanghai")
TABS = ("sign", "handling", "check", "done")
DONE = {"text": "已清走"}
WORDS_ONLY = {"note", "reply"}  # what whoever has or had it can still do while others act


def listed(html: str) -> list[UUID]:
    """Return the cases a list links to, in its order."""
    found = [re.fullmatch(r"/work/cases/([0-9a-f-]{36})", at) for at, _ in links_of(html)]
    rows = re.findall(r'data-case="([0-9a-f-]{36})"', html)  # the desk shows them beside the list
    return list(dict.fromkeys(UUID(one) for one in [*(m[1] for m in found if m), *rows]))


def tab(browser: FlaskClient, name: str) -> list[UUID]:
    """Return the cases on a tab of the own work."""
    answer = browser.get("/work", query_string={"tab": name})
    assert answer.status_code == 200
    return listed(answer.text)


def page(browser: FlaskClient, case_id: UUID) -> str:
    """Return the page of a case, which must open."""
    answer = browser.get(f"/work/cases/{case_id}")
    assert answer.status_code == 200
    return answer.text


def offered(html: str, case_id: UUID) -> set[str]:
    """Return the actions a case page has a form for."""
    return set(re.findall(rf'action="/work/cases/{case_id}/([a-z_]+)"', html))


def handling(edge: Edge, **form: Any) -> tuple[str, UUID]:
    """Return a case the worker has signed."""
    code = edge.report(**form)
    case_id = edge.case(code).id
    edge.done(edge.staff("worker"), case_id, "sign")
    return code, case_id


def returned(edge: Edge) -> tuple[str, UUID]:
    """Return a case the worker has returned to the desk."""
    code = edge.report()
    case_id = edge.case(code).id
    given = {"reason": "wrong_duty", "text": "不归网格"}
    assert edge.act(edge.staff("worker"), case_id, "return", **given).status_code == 303
    return code, case_id


def local(moment: datetime) -> str:
    """Return a moment as a browser's date and time field sends it."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def do(edge: Edge, browser: FlaskClient, case_id: UUID, action: str, **form: str) -> None:
    """Do an action that must succeed."""
    answer = edge.act(browser, case_id, action, **form)
    assert answer.status_code == 303, words_of(answer.text)


def assert_refused(
    edge: Edge, browser: FlaskClient, case_id: UUID, action: str, says: str, **form: str
) -> str:
    """An action is refused with a sentence; return the page."""
    answer = edge.act(browser, case_id, action, **form)
    assert answer.status_code in (400, 409), answer.status_code
    assert says in words_of(answer.text), words_of(answer.text)
    return answer.text


def unit_case(edge: Edge) -> tuple[str, UUID]:
    """Return a case the sample's handler has signed for the unit."""
    code = edge.report(category="0402", text="半夜打桩")
    case_id = edge.case(code).id
    edge.done(edge.staff("handler"), case_id, "sign")
    return code, case_id


def returned_twice(edge: Edge) -> tuple[str, UUID]:
    """Return a case the worker returned, got again and returned with a proposal."""
    worker, desk = edge.staff("worker"), edge.staff("dispatcher")
    code = edge.report()
    case_id = edge.case(code).id
    do(edge, worker, case_id, "return", reason="wrong_duty", text="不归网格")
    do(edge, desk, case_id, "dispatch", target="lead")
    given = {"reason": "wrong_duty", "text": "还是不归网格", "target": "unit:CG"}
    do(edge, worker, case_id, "return", **given)
    return code, case_id
