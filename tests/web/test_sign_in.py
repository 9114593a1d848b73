"""Signing in and out: where it leads, what its cookie is good for, and when it ends."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from gridgov.storage.people import Person
from tests.support.app import Installation, copy_of, token_in
from tests.web.edge import Edge, opened, try_login

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
