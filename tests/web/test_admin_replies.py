"""Response texts: an administrator writes them, forms whose words the public reads offer them."""

from typing import Any

from flask.testing import FlaskClient

from gridgov.services import replies
from gridgov.storage.history import CaseEntry
from tests.support.app import token_in
from tests.web.casework import page, returned
from tests.web.edge import Edge
from tests.web.reading import fields_of, words_of

HERE = "/admin/replies"
NAMES = ("category", "title", "title_en", "text", "text_en")
OWN = {"category": "0101", "title": "垃圾已清", "title_en": "Cleared", "text": "垃圾已清走。"}


def form(client: FlaskClient) -> dict[str, list[str]]:
    """Return the form as a browser would send it, with an empty new text at its end."""
    html = client.get(HERE).text
    filled = fields_of(html)
    return {name: filled[name] for name in (*NAMES, "seen")} | {"csrf_token": [token_in(html)]}


def with_new(sent: dict[str, list[str]], **new: str) -> dict[str, Any]:
    """Return the form with the new text written."""
    last = {name: [*sent[name][:-1], new.get(name, "")] for name in NAMES}
    return {**sent, **last}


def titles(edge: Edge) -> list[str]:
    return [one.title for one in edge.reference().replies]


def test_a_text_is_added_changed_and_taken_out_and_who_did_it_is_kept(edge: Edge) -> None:
    admin, before = edge.staff("system_admin"), titles(edge)
    assert before, "the sample has some"
    answer = admin.post(HERE, data=with_new(form(admin), **OWN))
    assert answer.status_code == 303, words_of(answer.text)
    assert titles(edge) == [*before, "垃圾已清"]
    said = words_of(admin.get(HERE).text)
    assert "答复模板已保存" in said and "0101 垃圾已清" in said.split("最近更改")[-1]
    sent = form(admin)
    for name in NAMES[1:]:
        sent[name][0] = ""
    sent["text"][1] = "改过的话"
    assert admin.post(HERE, data=sent).status_code == 303
    assert titles(edge) == [*before[1:], "垃圾已清"]
    assert edge.reference().replies[0].text == "改过的话"


def test_what_no_form_could_offer_comes_back_with_a_sentence(edge: Edge) -> None:
    admin, before = edge.staff("system_admin"), titles(edge)
    for wrong, said in (
        ({"category": "7777"}, "目录中没有这个类别"),
        ({"title": ""}, "请填写简称"),
        ({"text": ""}, "请填写内容"),
        ({"text": "长" * 501}, "最多 500 个字"),
    ):
        answer = admin.post(HERE, data=with_new(form(admin), **{**OWN, **wrong}))
        assert answer.status_code == 400 and said in words_of(answer.text), wrong
        assert fields_of(answer.text)["title_en"][-2] == "Cleared", "what was typed stays"
    assert titles(edge) == before


def test_the_slower_of_two_loses_nothing_and_is_told(edge: Edge) -> None:
    admin = edge.staff("system_admin")
    slow, before = with_new(form(admin), **{**OWN, "title": "慢"}), titles(edge)
    assert admin.post(HERE, data=with_new(form(admin), **{**OWN, "title": "快"})).status_code == 303
    answer = admin.post(HERE, data=slow)
    assert answer.status_code == 409 and "其他人刚刚改过" in words_of(answer.text)
    assert titles(edge) == [*before, "快"]
    assert fields_of(answer.text)["title"][-2] == "慢"
    again = {**slow, "seen": fields_of(answer.text)["seen"]}
    assert admin.post(HERE, data=again).status_code == 303
    assert titles(edge) == [*before, "慢"]


def test_forms_the_public_reads_offer_the_texts_of_the_class(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    html = page(desk, case_id)
    found = replies.texts(edge.reference(), edge.case(code).category_code)
    for act in ("reject", "reply", "ask_info"):
        part = html.split(f'id="act-{act}"')[1].split("</form>")[0]
        assert part.count('name="ready"') == 1, act
        assert all(f'<option value="{one.text}">{one.title}</option>' in part for one in found)
    note = html.split('id="act-note"')[1].split("</form>")[0]
    assert 'name="ready"' not in note, "colleagues read it"


def test_without_scripts_the_chosen_text_is_sent_where_nothing_was_written(edge: Edge) -> None:
    desk = edge.staff("dispatcher")
    code, case_id = returned(edge)
    ready = replies.texts(edge.reference(), edge.case(code).category_code)[0].text
    assert edge.act(desk, case_id, "reply", text="", ready=ready).status_code == 303
    assert ready in words_of(edge.visitor().get(f"/r/{code}").text)
    own = edge.act(desk, case_id, "reply", text="我们明天来", ready=ready)
    assert own.status_code == 303
    with edge.rows() as session:
        line = session.get_one(CaseEntry, (case_id, edge.case(code).history_seq))
    assert line.text == "我们明天来", "own words are sent as they stand"
    empty = edge.act(desk, case_id, "reply", text=" ", ready="")
    assert empty.status_code == 400 and "请写几个字" in words_of(empty.text)
