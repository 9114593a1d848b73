"""A draft becomes the net of the day by its page, cases are handed over, and the way back."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.lineage import Change, Link
from gridgov.domain.roles import Role
from gridgov.domain.routing import Net
from gridgov.jobs import timetable
from gridgov.services import grids, grids_edit
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.session import unit_of_work
from gridgov.web import instance, lineage_words
from gridgov.web.net_names import Names
from tests.support.app import token_in
from tests.support.drafts import BY, SplitDraft, plan, split_draft
from tests.web.edge import DISTRICT, GRID, Edge
from tests.web.reading import fields_of, words_of

NEXT_DOOR = "440608004025005"  # still there when the worker's grid is not: its form has landmarks


def office_of(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def drafted(edge: Edge, **more: Any) -> SplitDraft:
    with edge.app.app_context():
        return split_draft(**more)


def page(edge: Edge, number: int) -> str:
    answer = office_of(edge).get(f"/admin/grids/{number}/activation")
    assert answer.status_code == 200, words_of(answer.text)
    return answer.text


def activate(edge: Edge, number: int, **form: str) -> TestResponse:
    """Fill the form of the page and send it, with the tick unless something else is said."""
    html = page(edge, number)
    values = {"csrf_token": token_in(html), "sure": "yes", **form}
    values.setdefault("revision", fields_of(html).get("revision", [""])[0])
    return office_of(edge).post(f"/admin/grids/{number}/activation", data=values)


def undo(edge: Edge, number: int) -> TestResponse:
    token = token_in(office_of(edge).get("/admin/keys").text)
    form = {"csrf_token": token}
    return office_of(edge).post(f"/admin/grids/{number}/activation/undo", data=form)


def version_now(edge: Edge) -> int:
    return edge.reference().net.version


def hand_over(edge: Edge) -> None:
    with edge.app.app_context():
        timetable.hand_over()


def test_a_draft_that_something_holds_up_says_what_and_cannot_be_activated(edge: Edge) -> None:
    draft = drafted(edge)
    html = page(edge, draft.number)
    assert re.search(r"<button[^>]*disabled[^>]*>立即生效", html)
    assert "项要先补正" in words_of(html)
    assert f"/admin/grids/{draft.number}/checks" in html
    answer = activate(edge, draft.number)
    assert answer.status_code == 409
    assert "什么都没有改变" in words_of(answer.text)
    assert version_now(edge) == 1


def test_the_page_says_what_happens_in_words_with_figures(edge: Edge) -> None:
    draft = drafted(edge, manned=True)
    html = page(edge, draft.number)
    said = words_of(html)
    assert re.search(r"泰华社区 06 网格分成了 \d\d（地面的 \d+ %）和 \d\d（地面的 \d+ %）。", said)
    assert re.search(r"\d+ 件在办案件换人", said)
    assert "已结案件和以往统计都留在当时的网格" in said
    assert "可以一键撤回" in said
    assert html.count("button-main") == 1
    office = office_of(edge)
    office.set_cookie("language", "en")
    told = words_of(page(edge, draft.number))
    office.delete_cookie("language")
    assert "was split into" in told
    assert "What happens at the activation" in told


def test_nothing_happens_without_the_tick(edge: Edge) -> None:
    draft = drafted(edge, manned=True)
    answer = activate(edge, draft.number, sure="")
    assert answer.status_code == 400
    assert "请勾选" in words_of(answer.text)
    assert version_now(edge) == 1


def test_a_draft_that_was_edited_meanwhile_is_looked_at_again_first(edge: Edge) -> None:
    draft = drafted(edge, manned=True)
    seen = fields_of(page(edge, draft.number))["revision"][0]
    with edge.app.app_context(), unit_of_work() as session:
        version = grids.version(session, DISTRICT, draft.number)
        names = {"name": "别名", "name_en": "other"}
        grids_edit.rename(session, version, draft.manned, **names, by=BY, now=instance.utc_now())
    answer = activate(edge, draft.number, revision=seen)
    assert answer.status_code == 409
    assert "草案又改了" in words_of(answer.text)
    assert version_now(edge) == 1


def test_who_may_only_look_gets_no_button(edge: Edge) -> None:
    draft = drafted(edge, manned=True)
    with edge.writing() as session:
        watcher = Person(
            id=new_id(), district_code=DISTRICT, username="onlysecurity1", name="安全员"
        )
        session.add(watcher)
        session.flush()
        grant = GrantRow(person_id=watcher.id, role=str(Role.SECURITY_ADMIN), area_code=DISTRICT)
        session.add(grant)
    client = edge.colleague("onlysecurity1")
    html = client.get(f"/admin/grids/{draft.number}/activation").text
    assert "立即生效" not in words_of(html)
    assert "由系统管理员来生效" in words_of(html)
    assert client.get(f"/admin/grids/{draft.number}/rehearsal").status_code == 200
    form = {"csrf_token": token_in(html), "sure": "yes"}
    assert client.post(f"/admin/grids/{draft.number}/activation", data=form).status_code == 403


def test_activated_handed_over_with_receipts_and_undone_in_one_press(edge_on_both: Edge) -> None:
    edge = edge_on_both
    draft = drafted(edge, manned=True)
    with edge.rows() as session:
        ground = grids.net_of(session, grids.version(session, DISTRICT, draft.number))
        spot = ground.area(draft.vacant).geometry.representative_point()
    here = {"lon": str(spot.x), "lat": str(spot.y)}
    before = edge.case(edge.report(**here))
    assert before.grid_code == GRID
    answer = activate(edge, draft.number)
    assert (answer.status_code, answer.headers["Location"]) == (
        303, f"/admin/grids/{draft.number}/activation",
    )  # fmt: skip
    assert version_now(edge) == draft.number
    waiting = page(edge, draft.number)
    assert re.search(r"\d+ 件在办案件中已移交 0 件", words_of(waiting))
    assert 'data-module="grid-handover"' in waiting
    hand_over(edge)
    html = page(edge, draft.number)
    assert "已全部处理完" in words_of(html)
    assert 'data-module="grid-handover"' not in html
    assert receipt_of(html, before) == ["陈海怡", "陈永芬", "已移交"]
    after = edge.case(edge.report(NEXT_DOOR, **here))
    assert (after.grid_code, after.grid_version) == (draft.vacant, draft.number)

    answer = undo(edge, draft.number)
    assert answer.status_code == 303
    assert version_now(edge) == 1
    hand_over(edge)
    html = page(edge, draft.number)
    assert "已于" in words_of(html)
    assert "撤回" in words_of(html)
    assert receipt_of(html, before) == ["陈永芬", "陈海怡", "已退还"]
    again = undo(edge, draft.number)
    assert again.status_code == 409
    assert "什么都没有改变" in words_of(again.text)
    with edge.rows() as session:
        kept = session.get_one(Case, before.id)
    assert (kept.grid_code, kept.grid_version) == (GRID, 1)  # where it was routed, for ever


def receipt_of(html: str, case: Case) -> list[str]:
    """From whom, to whom and how, in the receipt of a case."""
    rows = re.findall(r"<tr data-receipt>.*?</tr>", html, re.DOTALL)
    (row,) = (row for row in rows if case.number in row)
    cells = [words_of(cell) for cell in re.findall(r"<td>.*?</td>", row, re.DOTALL)]
    return cells[2:5]


def test_after_midnight_the_page_says_why_it_is_too_late(
    edge_on_both: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = edge_on_both
    draft = drafted(edge, manned=True)
    assert activate(edge, draft.number).status_code == 303
    hand_over(edge)
    assert "撤回生效" in words_of(page(edge, draft.number))
    tomorrow = instance.utc_now() + timedelta(days=1)

    def then() -> datetime:
        return tomorrow

    for place in ("activation_page", "grids_activation"):
        monkeypatch.setattr(f"gridgov.web.{place}.utc_now", then)
    html = page(edge, draft.number)
    assert "撤回生效" not in words_of(html)
    assert "当天已过" in words_of(html)
    assert "把第 1 版复制成新草案" in words_of(html)
    late = undo(edge, draft.number)
    assert late.status_code == 409
    assert version_now(edge) == draft.number


def test_a_draft_of_another_base_and_one_during_a_hand_over_wait(edge_on_both: Edge) -> None:
    edge = edge_on_both
    edge.report(GRID)
    first, stale = drafted(edge, manned=True), drafted(edge, turn=0.3, manned=True)
    assert activate(edge, first.number).status_code == 303
    html = page(edge, stale.number)
    assert "它依据第 1 版，而现行的已是第" in words_of(html)
    assert activate(edge, stale.number).status_code == 409
    with edge.app.app_context():
        fresh = split_draft(first.vacant, turn=0.3)
        plan(fresh)
    html = page(edge, fresh.number)
    assert "还在移交" in words_of(html)
    assert re.search(r"<button[^>]*disabled[^>]*>立即生效", html)
    hand_over(edge)
    assert "还在移交" not in words_of(page(edge, fresh.number))


def test_the_first_net_and_a_discarded_draft_have_nothing_to_undo(edge: Edge) -> None:
    html = page(edge, 1)
    assert "本区第一版网格" in words_of(html)
    draft = drafted(edge)
    with edge.app.app_context(), unit_of_work() as session:
        version = grids.version(session, DISTRICT, draft.number)
        grids.discard(session, version, now=instance.utc_now())
    assert "从未生效" in words_of(page(edge, draft.number))
    assert undo(edge, draft.number).status_code == 409
    assert office_of(edge).get("/admin/grids/999/activation").status_code == 404


# --- lineage in words ----------------------------------------------------------------------


def area(code: str, name: str, up: str = "V", kind: AreaKind = AreaKind.GRID) -> AreaShape:
    return AreaShape(code, up, kind, name, f"grid {name}", None)


TOP = (
    AreaShape("D", None, AreaKind.DISTRICT, "区", "district", None),
    area("V", "甲村", "D", AreaKind.VILLAGE),
    area("W", "乙村", "D", AreaKind.VILLAGE),
)
OLD = Net(1, "D", [*TOP, *(area(f"44060800100{n}", f"0{n}") for n in range(1, 7))])
NEW = Net(2, "D", [*TOP, *(area(f"44060800100{n}", f"{n}号", "W") for n in (1, 2, 7, 8, 9))])


@pytest.mark.parametrize(
    ("links", "said"),
    [
        (
            [(Change.SPLIT, 3, 7, 0.6, 1.0), (Change.SPLIT, 3, 8, 0.4, 1.0)],
            "03分成了 7号（地面的 60 %）和 8号（地面的 40 %）。",
        ),
        ([(Change.MERGED, 4, 9, 1.0, 0.5), (Change.MERGED, 5, 9, 1.0, 0.5)], "04和 05并成了9号。"),
        ([(Change.RENAMED, 1, 1, 1.0, 1.0)], "01改名为1号。"),
        ([(Change.RENAMED, 6, 7, 1.0, 1.0)], "7号换了编码：440608001006 改为 440608001007。"),
        ([(Change.MOVED, 1, 1, 1.0, 1.0)], "1号改属乙村。"),
        (
            [(Change.RESHAPED, 1, 1, 0.9, 1.0), (Change.RESHAPED, 1, 2, 0.1, 0.2)],
            "1号地面的 10 % 划给了2号。",
        ),
        ([(Change.NEW, None, 8, 0.0, 0.0)], "8号是新设的。"),
        ([(Change.GONE, 6, None, 0.0, 0.0)], "06不再有了。"),
    ],
)
def test_what_became_of_a_grid_is_said_in_a_sentence(
    edge: Edge, links: list[tuple[Change, int | None, int | None, float, float]], said: str
) -> None:
    def code(number: int | None) -> str | None:
        return None if number is None else f"44060800100{number}"

    found = [
        Link(AreaKind.GRID, change, code(old), code(new), *shares)
        for change, old, new, *shares in links
    ]
    with edge.app.test_request_context():
        sentences, more = lineage_words.sentences(found, Names(OLD, NEW))
    assert (sentences, more) == ([said], 0)


def test_of_hundreds_of_changes_the_first_are_said_and_the_rest_counted(edge: Edge) -> None:
    link = Link(AreaKind.GRID, Change.NEW, None, "440608001008", 0.0, 0.0)
    with edge.app.test_request_context():
        sentences, more = lineage_words.sentences([link] * 100, Names(OLD, NEW))
    assert len(sentences) + more == 100
    assert more > 0
