"""The keys of programs: made in administration, shown once, ended at once."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gridgov.domain.keys import Scope
from gridgov.storage.access import ApiKey, hash_key
from gridgov.storage.ids import new_id
from gridgov.storage.people import GrantRow, Person
from tests.support.app import token_in
from tests.web.edge import DISTRICT, Edge
from tests.web.reading import fields_of, words_of

KEYS = "/admin/keys"


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def make(edge: Edge, **more: Any) -> TestResponse:
    """Make a key through the page."""
    form = {"name": "统计平台", "scopes": ["board:read"], "channel": "api", **more}
    token = token_in(admin(edge).get(KEYS).text)
    return admin(edge).post(KEYS, data={**form, "csrf_token": token})


def secret_in(answer: TestResponse) -> str:
    assert answer.status_code == 200, words_of(answer.text)
    found = re.search(r"gg_[\w-]{40,}", answer.text)
    assert found is not None
    return found[0]


def row_of(edge: Edge, secret: str) -> ApiKey:
    with edge.rows() as session:
        return session.scalars(select(ApiKey).where(ApiKey.key_hash == hash_key(secret))).one()


def works(edge: Edge, secret: str, path: str = "/api/v1/board") -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return edge.visitor().get(path, headers=headers).status_code


def test_a_key_is_shown_once_works_at_once_and_ends_when_it_is_revoked(edge: Edge) -> None:
    answer = make(edge)
    secret = secret_in(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert works(edge, secret) == 200
    again = admin(edge).get(KEYS).text
    words = words_of(again)
    assert "统计平台" in words and secret[:8] in words and "board:read" in words
    with edge.rows() as session:
        maker = session.get_one(Person, row_of(edge, secret).made_by_id)
    assert maker.username == edge.installation.login("system_admin")["username"]
    assert f"由{maker.name}创建" in words
    assert secret not in again, "only its hash is kept"
    row = row_of(edge, secret)
    revoke = f"{KEYS}/{row.id}/revoke"
    assert revoke in again
    for _ in range(2):  # pressing twice does no harm
        answer = admin(edge).post(revoke, data={"csrf_token": token_in(again)})
        assert (answer.status_code, answer.headers["Location"]) == (303, KEYS)
    assert works(edge, secret) == 401
    first = row_of(edge, secret).revoked_at
    assert first is not None
    page = admin(edge).get(KEYS).text
    assert revoke not in page and "已撤销的密钥 1 个" in words_of(page)
    assert works(edge, edge.installation.access()["api_key"]) == 200, "the others go on"


def test_a_key_may_do_what_was_ticked_and_nothing_else(edge: Edge) -> None:
    secret = secret_in(make(edge, scopes=["cases:read", "facts:read"]))
    assert row_of(edge, secret).scopes == ["cases:read", "facts:read"]
    assert works(edge, secret, "/api/v1/cases") == 200
    assert works(edge, secret, "/api/v1/facts?from=2026-01-01&to=2026-01-02") == 200
    assert works(edge, secret, "/api/v1/board") == 403
    assert works(edge, secret, "/api/v1/reports") == 403


def test_a_key_gives_its_reports_their_mark(edge: Edge) -> None:
    secret = secret_in(make(edge, name="热线", scopes=["reports:write"], channel="12345"))
    headers = {"Authorization": f"Bearer {secret}"}
    sent = edge.visitor().post("/api/v1/reports", json=edge.form(), headers=headers)
    report = edge.told(sent.json["code"])
    assert (report.channel, report.api_key_id) == ("12345", row_of(edge, secret).id)


WRONG = [
    ({"name": "   "}, "name", "请起个名称"),
    ({"scopes": []}, "scopes", "请至少选一项"),
    ({"scopes": ["everything"]}, "scopes", "请从列表里选"),
    ({"channel": ""}, "channel", "最多 20 个小写字母"),
    ({"channel": "Snap!"}, "channel", "最多 20 个小写字母"),
    ({"channel": "snap"}, "channel", "属于系统自己的页面"),
]


@pytest.mark.parametrize(("wrong", "field", "sentence"), WRONG)
def test_what_is_wrong_is_said_beside_it_and_the_rest_is_kept(
    edge: Edge, wrong: dict[str, Any], field: str, sentence: str
) -> None:
    before = _count(edge)
    answer = make(edge, **{"name": "保留的名称", **wrong})
    assert answer.status_code == 400
    assert sentence in words_of(answer.text)
    assert "gg_" not in fields_of(answer.text).get("name", [""])[0]
    if field != "name":
        assert "保留的名称" in fields_of(answer.text)["name"]
    if field != "scopes":
        assert 'value="board:read" checked' in answer.text
    assert _count(edge) == before


def test_everything_that_is_wrong_is_said_at_once(edge: Edge) -> None:
    words = words_of(make(edge, name="", scopes=[], channel="").text)
    for _, _, sentence in (WRONG[0], WRONG[1], WRONG[3]):
        assert sentence in words


def test_names_are_cut_and_cleaned_on_either_database(edge_on_both: Edge) -> None:
    secret = secret_in(make(edge_on_both, name="长" * 150 + "\u0000"))
    assert works(edge_on_both, secret) == 200
    assert row_of(edge_on_both, secret).name == "长" * 100
    assert works(edge_on_both, secret_in(make(edge_on_both, name="前\u0000后"))) == 200


def test_a_key_of_another_district_or_of_nobody_cannot_be_revoked(edge: Edge) -> None:
    token = token_in(admin(edge).get(KEYS).text)
    answer = admin(edge).post(f"{KEYS}/{uuid4()}/revoke", data={"csrf_token": token})
    assert answer.status_code == 404
    assert "这里没有内容，或者不对您开放" in words_of(answer.text)


def test_a_security_administrator_looks_but_makes_none(edge: Edge) -> None:
    with edge.writing() as session:
        person = Person(id=new_id(), district_code=DISTRICT, username="keywatch", name="看")
        session.add(person)
        session.flush()
        session.add(GrantRow(person_id=person.id, role="security_admin", area_code=DISTRICT))
    page = edge.colleague("keywatch").get(KEYS)
    assert page.status_code == 200
    assert "<form class=" not in page.text.split("<main")[1]
    assert "sample" in words_of(page.text)


def test_the_form_offers_every_scope_in_words(edge: Edge) -> None:
    page = admin(edge).get(KEYS).text
    for scope in Scope:
        assert f'value="{scope}"' in page
    english = edge.visitor(english=True)
    assert "Read the figures of the board" in words_of(english.get("/api/docs").text)


def _count(edge: Edge) -> int:
    with edge.rows() as session:
        return session.scalar(select(func.count()).select_from(ApiKey)) or 0


def test_the_sample_key_may_do_everything(edge: Edge) -> None:
    row = row_of(edge, edge.installation.access()["api_key"])
    assert row.scopes == [str(scope) for scope in Scope]
    assert isinstance(row.id, UUID) and row.made_by_id is None
