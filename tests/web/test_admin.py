"""Administration: what is installed."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from gridgov.storage.cases import Case
from tests.web.edge import TEXT, Edge
from tests.web.reading import words_of


def admin(edge: Edge) -> FlaskClient:
    return edge.staff("system_admin")


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


def test_the_page_counts_the_keys_in_use_and_leads_to_them(edge: Edge) -> None:
    page = admin(edge).get("/admin").text
    assert "有 1 个密钥在使用" in words_of(page)
    assert 'href="/admin/keys"' in page and 'href="/api/docs"' in page
    assert edge.installation.access()["api_key"] not in page
