"""Who is not let in: strangers, neighbours, and those who may only look."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from tests.support.app import token_in
from tests.web.edge import GRID, Edge, picture
from tests.web.reading import fields_of, words_of


def staff_addresses(edge: Edge) -> Iterator[tuple[str, str]]:
    """Yield (method, address) of each staff route, with invented ids."""
    values = {"case_id": uuid4(), "photo_id": uuid4(), "key_id": uuid4()}
    values |= dict.fromkeys(("leave_id", "hand_over_id", "duty_id", "shift_id"), uuid4())
    values |= {"delivery_id": uuid4(), "hook_id": uuid4()}
    values |= {"report_id": uuid4(), "schedule_id": uuid4()}
    values |= {"note_id": uuid4(), "view_id": uuid4()}
    values |= {"announcement_id": uuid4(), "release_id": uuid4(), "month": "2026-10"}
    values |= {"action": "sign", "size": "thumb", "number": 1, "token": "t" * 32}
    values |= {"person_id": uuid4(), "code": "CG", "table": "people"}
    for rule in edge.app.url_map.iter_rules():
        access = getattr(edge.app.view_functions[rule.endpoint], "access", None)
        if access is None or access.who != "staff":
            continue
        with edge.app.test_request_context():
            _, path = rule.build(values, append_unknown=False) or ("", "")
        yield ("GET" if "GET" in (rule.methods or ()) else "POST"), path


def test_a_stranger_is_led_to_the_sign_in_and_back(edge: Edge) -> None:
    pages = [path for method, path in staff_addresses(edge) if method == "GET"]
    assert len(pages) >= 9
    for path in pages:
        answer = edge.visitor().get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"] == f"/login?next={path}"
    asked = edge.visitor().get("/board?area=440608004&period=week")
    follow = edge.visitor().get(asked.headers["Location"])
    assert fields_of(follow.text)["next"] == ["/board?area=440608004&period=week"]


def test_a_stranger_cannot_act_with_or_without_a_token(edge: Edge) -> None:
    posts = [path for method, path in staff_addresses(edge) if method == "POST"]
    assert len(posts) >= 10
    for path in posts:
        visitor = edge.visitor()
        assert visitor.post(path).status_code == 400, path
        token = token_in(visitor.get("/login").text)
        answer = visitor.post(path, data={"csrf_token": token})
        if path == "/logout":
            assert answer.status_code == 302
        else:
            assert answer.status_code == 401, path
            assert "请先登录" in words_of(answer.text)


def other_grid(edge: Edge, *, village: bool) -> str:
    """Return a grid of the same village, or of another town."""
    codes = sorted(edge.reference().landmarks)
    return next(c for c in codes if c != GRID and (c[:12] == GRID[:12]) == village)


@pytest.mark.parametrize("village", [True, False], ids=["neighbour", "other town"])
def test_a_worker_of_another_grid_does_not_learn_that_a_case_exists(
    edge: Edge, village: bool
) -> None:
    stranger = edge.lead_of(other_grid(edge, village=village))
    code = edge.report(photos=[picture()])
    case_id, photo_id = edge.case(code).id, edge.photos(code)[0].id
    token = token_in(stranger.get("/work").text)
    answers = {
        "page": stranger.get(f"/work/cases/{case_id}"),
        "photo": stranger.get(f"/work/photos/{photo_id}/full.jpg"),
        "act": stranger.post(f"/work/cases/{case_id}/sign", data={"csrf_token": token}),
        "no such case": stranger.get(f"/work/cases/{UUID(int=7)}"),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 404
    )
    # What is hidden and what is not there cannot be told apart.
    assert words_of(answers["page"].text) == words_of(answers["no such case"].text)
    assert edge.case(code).state == "dispatched"


def test_looking_does_not_let_anybody_act(edge: Edge) -> None:
    code = edge.report()
    for role in ("supervisor", "deputy"):
        answer = edge.act(edge.staff(role), edge.case(code).id, "sign")
        assert answer.status_code == 403, role
        assert "这一步不归您办" in words_of(answer.text)
    assert edge.case(code).state == "dispatched"
