"""What waits for a decision at the desk: shown to who may decide, decided in place, told after."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.app import token_in
from tests.web.casework import do, handling, local, page, returned_twice
from tests.web.edge import Edge, version_in
from tests.web.reading import words_of

PAGE = "/desk/approvals"


def waiting(browser: FlaskClient) -> str:
    answer = browser.get(PAGE)
    assert answer.status_code == 200
    return answer.text


def forms(html: str, case_id: UUID) -> set[str]:
    """Return which decisions on a case the page has a form for."""
    return set(re.findall(rf'action="/work/cases/{case_id}/([a-z_]+)"', html))


def decide(browser: FlaskClient, case_id: UUID, action: str, **form: str) -> TestResponse:
    """Send a form of the page with the version and the way back it carries."""
    html = waiting(browser)
    address = f"/work/cases/{case_id}/{action}"
    sent = html[html.index(f'action="{address}"') :]
    sent = sent[: sent.index("</form>")]
    back = re.search(r'name="back" value="([^"]+)"', sent)
    assert back is not None
    given = {"csrf_token": token_in(html), "version": version_in(sent), "back": unescape(back[1])}
    return browser.post(address, data={**given, **form})


def asked_for_more(edge: Edge) -> tuple[str, UUID, str]:
    """Return a case whose handler asked for more time, and until when."""
    code, case_id = handling(edge)
    until = local(edge.case(code).due_at + timedelta(minutes=30))
    do(edge, edge.staff("worker"), case_id, "ask_extension", text="要等吊车", until=until)
    return code, case_id, until


def test_more_time_is_granted_where_it_is_listed(edge: Edge) -> None:
    code, case_id, until = asked_for_more(edge)
    desk = edge.staff("dispatcher")
    html = waiting(desk)
    assert forms(html, case_id) == {"grant_extension", "refuse_extension"}
    assert "要等吊车" in words_of(html)
    assert str(case_id) in desk.get("/desk?tab=approvals").text
    for other in ("worker", "deputy", "handler"):
        assert edge.staff(other).get(PAGE).status_code == 403, other

    done = decide(desk, case_id, "grant_extension")
    assert done.status_code == 303, words_of(done.text)
    assert done.headers["Location"].endswith(PAGE), "the next one waits there"
    case = edge.case(code)
    assert (local(case.due_at), case.applied_for) == (until, None)
    assert forms(waiting(desk), case_id) == set()
    assert str(case_id) not in desk.get("/desk?tab=approvals").text
    assert "同意延期" in words_of(page(edge.staff("worker"), case_id))


def test_more_time_is_refused_with_words_the_handler_reads(edge: Edge) -> None:
    code, case_id, _until = asked_for_more(edge)
    due, desk = edge.case(code).due_at, edge.staff("dispatcher")
    silent = decide(desk, case_id, "refuse_extension")
    assert silent.status_code == 400
    assert forms(waiting(desk), case_id), "nothing was decided"
    done = decide(desk, case_id, "refuse_extension", text="吊车下午就到，请按时办")
    assert done.headers["Location"].endswith(PAGE)
    assert edge.case(code).due_at == due
    assert forms(waiting(desk), case_id) == set()
    html = page(edge.staff("worker"), case_id)
    assert "吊车下午就到，请按时办" in words_of(html)
    assert "已申请延期，尚未决定" not in words_of(html)


def test_a_leader_who_is_asked_finds_it_and_decides_in_the_same_place(edge: Edge) -> None:
    code, case_id, until = asked_for_more(edge)
    leader = edge.staff("supervisor")
    assert 'href="/desk/approvals"' in leader.get("/board").text, "there is a way to it"
    assert 'href="/desk"' not in waiting(leader), "the desk itself is not theirs"
    assert forms(waiting(leader), case_id) == {"grant_extension", "refuse_extension"}
    done = decide(leader, case_id, "grant_extension")
    assert done.status_code == 303, words_of(done.text)
    assert done.headers["Location"].endswith(PAGE)
    case = edge.case(code)
    assert (local(case.due_at), case.applied_for) == (until, None)
    assert forms(waiting(leader), case_id) == set()


def test_what_the_level_above_decides_is_told_below_without_its_forms(edge: Edge) -> None:
    code, case_id = handling(edge)
    review = (datetime.now(UTC) + timedelta(days=45)).date().isoformat()  # the district's to grant
    given = {"reason": "building_work", "text": "等管道改造", "until": review}
    do(edge, edge.staff("worker"), case_id, "ask_suspension", **given)
    desk, town = edge.staff("dispatcher"), edge.staff("town_dispatcher")
    html = waiting(town)
    assert forms(html, case_id) == set()
    assert edge.case(code).number in html, "it reads that somebody else decides"
    assert forms(waiting(desk), case_id) == {"grant_suspension", "refuse_suspension"}
    answer = edge.act(town, case_id, "grant_suspension")
    assert answer.status_code == 403
    decide(desk, case_id, "grant_suspension")
    assert edge.case(code).state == "suspended"
    assert edge.case(code).number not in waiting(town)


def test_a_ruling_is_made_where_it_is_listed(edge: Edge) -> None:
    code, case_id = returned_twice(edge)
    desk, town = edge.staff("dispatcher"), edge.staff("town_dispatcher")
    html = waiting(town)
    assert forms(html, case_id) == {"rule"}
    assert "还是不归网格" in words_of(html), "why it was returned"
    assert "待镇街裁定" in words_of(town.get("/desk?tab=returned").text) or "待裁定" in words_of(
        town.get("/desk?tab=returned").text
    )
    silent = decide(town, case_id, "rule", target="unit:CG")
    assert silent.status_code == 400
    for other in ("worker", "handler"):
        assert edge.staff(other).get(PAGE).status_code == 403, other

    done = decide(town, case_id, "rule", target="unit:CG", text="按职责清单，由城管办理")
    assert done.status_code == 303, words_of(done.text)
    assert done.headers["Location"].endswith(PAGE)
    case = edge.case(code)
    assert (case.state, case.ruled, case.unit_code) == ("dispatched", True, "CG")
    for browser in (town, desk):
        assert case.number not in waiting(browser)
    assert "按职责清单，由城管办理" in words_of(page(desk, case_id))
    assert "已裁定" in words_of(page(desk, case_id))
