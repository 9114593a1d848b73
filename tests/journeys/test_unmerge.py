"""Two residents report the same thing, the desk merges it and takes it apart again."""

from typing import Any
from uuid import uuid4

import requests
from playwright.sync_api import Page, expect

from tests.journeys.staff import People, form, send
from tests.journeys.test_main_job import LIVE_MS, spot
from tests.support.browser import NewPage
from tests.support.server import Server

TOGETHER = "已与另一件一起办理"
THEIRS = ("楼下垃圾堆了几天", "垃圾房旁边全是垃圾，好臭")


def told(server: Server, words: str) -> dict[str, Any]:
    """Let a resident report in the sample worker's grid and return the receipt."""
    lon, lat = spot()
    body = {
        "lon": lon,
        "lat": lat,
        "datum": "wgs84",
        "accuracy_m": 8,
        "category": "0101",
        "text": words,
        "client_token": uuid4().hex,
    }
    answer = requests.post(f"{server.url}/api/v1/reports", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def receipt(server: Server, phone: Page, code: str) -> Page:
    """Open a receipt in the resident's own browser."""
    phone.goto(f"{server.url}/r/{code}")
    return phone


def decide(people: People, at: str, name: str, **fields: str) -> None:
    """Let the dispatcher send one form of a case."""
    page = people.at("dispatcher", at)
    filled = form(page, name)
    for field, value in fields.items():
        filled.locator(f"[name={field}]").fill(value)
    send(page, filled)


def test_what_was_merged_by_mistake_goes_on_by_itself(
    server: Server, new_phone: NewPage, new_desk: NewPage
) -> None:
    people = People(server, new_phone, new_desk)
    one, other = (told(server, words) for words in THEIRS)
    cases = [people.case(each["case_number"]) for each in (one, other)]
    phones = [receipt(server, new_phone(), each["receipt_code"]) for each in (one, other)]

    decide(people, cases[0], "merge", case=other["case_number"], text="同一处垃圾")
    desk = people.at("dispatcher", cases[0])
    expect(desk.locator(".case-banner")).to_contain_text(other["case_number"])
    # The page is open all the while: it says so by itself, once.
    first = phones[0]
    expect(first.get_by_role("heading", name=TOGETHER)).to_have_count(1, timeout=LIVE_MS)
    expect(first.locator("body")).to_contain_text(one["case_number"])
    expect(first.locator("body")).to_contain_text(other["case_number"])
    expect(people.at("dispatcher", cases[1]).locator(".timeline")).to_contain_text(
        one["case_number"]
    )

    # Both receipts follow the case that goes on, as somebody signs it.
    worker = people.at("worker", cases[1])
    with worker.expect_navigation():
        worker.locator(".case-bar button[type=submit]").click()
    for phone in phones:
        expect(phone.locator("body")).to_contain_text("处理中", timeout=LIVE_MS)

    decide(people, cases[0], "unmerge", text="是两处，相隔一个路口")
    expect(first.get_by_role("heading", name=TOGETHER)).to_have_count(0, timeout=LIVE_MS)

    # Each goes on by itself: the second is done, the first waits for a signature.
    for phone, each, words in zip(phones, (one, other), THEIRS, strict=True):
        receipt(server, phone, each["receipt_code"])
        expect(phone.locator("body")).to_contain_text(each["case_number"])
        expect(phone.locator("body")).to_contain_text(words)
    expect(first.locator("body")).not_to_contain_text(other["case_number"])
    waiting = people.at("worker", cases[0])
    expect(waiting.locator(".case-bar button[type=submit]")).to_be_visible()
    expect(waiting.locator(".timeline")).to_contain_text("相隔一个路口")
