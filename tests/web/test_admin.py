"""Administration: what is installed, and the keys of programs."""

import re
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.storage.access import ApiKey, hash_key
from gridgov.storage.cases import Case
from tests.support.app import token_in
from tests.web.edge import TEXT, Edge
from tests.web.reading import fields_of, words_of


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


def make(edge: Edge, name: str) -> str:
    """Make a key through the page and return the answer's words."""
    token = token_in(admin(edge).get("/admin").text)
    answer = admin(edge).post("/admin/keys", data={"name": name, "csrf_token": token})
    assert answer.status_code in {200, 400}
    return answer.text


def secret_in(html: str) -> str:
    found = re.search(r"gg_[\w-]{40,}", html)
    assert found is not None
    return found[0]


def works(edge: Edge, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}"}
    return edge.visitor().get("/api/v1/board", headers=headers).status_code


def test_the_page_says_what_is_installed_and_nothing_of_any_case(edge: Edge) -> None:
    code = edge.report(place_words="桥头榕树下")
    words = words_of(admin(edge).get("/admin").text)
    for said in ("高明区", "440608", "683", "77", "17", "Asia/Shanghai"):
        assert said in words
    assert re.search(r"1,?6\d\d|1,?7\d\d|1,?8\d\d", words), "how many people"
    for hidden in (TEXT, "桥头榕树下", edge.case(code).number):
        assert hidden not in words
    with edge.rows() as session:
        number = len(session.scalars(select(Case.id)).all())
    assert str(number) in words


def test_a_key_is_shown_once_works_at_once_and_ends_when_it_is_revoked(edge: Edge) -> None:
    html = make(edge, "统计平台")
    secret = secret_in(html)
    assert "统计平台" in words_of(html)
    assert works(edge, secret) == 200
    again = admin(edge).get("/admin").text
    assert "统计平台" in words_of(again)
    assert secret not in again, "only its hash is kept"
    with edge.rows() as session:
        row = session.scalars(select(ApiKey).where(ApiKey.key_hash == hash_key(secret))).one()
    revoke = f"/admin/keys/{row.id}/revoke"
    assert revoke in again
    token = token_in(again)
    for _ in range(2):  # pressing twice does no harm
        answer = admin(edge).post(revoke, data={"csrf_token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin")
    assert works(edge, secret) == 401
    with edge.rows() as session:
        first = session.get_one(ApiKey, row.id).revoked_at
    assert first is not None
    assert works(edge, edge.installation.access()["api_key"]) == 200, "the others go on"


def test_a_key_without_a_name_is_asked_for_one(edge: Edge) -> None:
    before = _keys(edge)
    html = make(edge, "   ")
    assert "请起个名称" in words_of(html)
    assert "gg_" not in fields_of(html).get("name", [""])[0]
    assert _keys(edge) == before


def test_names_are_cut_and_cleaned_on_either_database(edge_on_both: Edge) -> None:
    html = make(edge_on_both, "长" * 150 + "\u0000")
    assert works(edge_on_both, secret_in(html)) == 200
    with edge_on_both.rows() as session:
        names = session.scalars(select(ApiKey.name)).all()
    assert "长" * 100 in names
    html = make(edge_on_both, "前\u0000后")
    assert works(edge_on_both, secret_in(html)) == 200


def _keys(edge: Edge) -> int:
    with edge.rows() as session:
        return len(session.scalars(select(ApiKey.id)).all())


def test_a_key_that_is_not_there_cannot_be_revoked(edge: Edge) -> None:
    token = token_in(admin(edge).get("/admin").text)
    answer = admin(edge).post(f"/admin/keys/{uuid4()}/revoke", data={"csrf_token": token})
    assert answer.status_code == 404
    assert "这里没有内容，或者不对您开放" in words_of(answer.text)
