"""What journeys about staff share: a report from outside, people at their case, their forms."""

from uuid import uuid4

import requests
from playwright.sync_api import Locator, Page, expect

from tests.journeys.test_main_job import sign_in, spot
from tests.support.browser import NewPage
from tests.support.server import Server


def reported(server: Server, category: str = "0101", text: str = "楼下垃圾堆了几天") -> str:
    """Let a program report in the sample worker's grid and return the case's number."""
    lon, lat = spot()
    body = {
        "lon": lon,
        "lat": lat,
        "datum": "wgs84",
        "accuracy_m": 8,
        "category": category,
        "text": text,
        "client_token": uuid4().hex,
    }
    answer = requests.post(f"{server.url}/api/v1/reports", json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["case_number"]
    return number


class People:
    """The people of the sample, each in a browser of their own, signed in once."""

    def __init__(self, server: Server, new_phone: NewPage, new_desk: NewPage) -> None:
        self.server = server
        self._openers = {"worker": new_phone, "deputy": new_phone, "handler": new_phone}
        self._desk = new_desk
        self._pages: dict[str, Page] = {}

    def at(self, role: str, address: str) -> Page:
        """Return the browser of a role, on an address."""
        if role not in self._pages:
            opener = self._openers.get(role, self._desk)
            self._pages[role] = sign_in(opener(), self.server, role)
        page = self._pages[role]
        page.goto(f"{self.server.url}{address}")
        return page

    def case(self, number: str) -> str:
        """Return the address of a new case, looked up in the worker's list."""
        worker = self.at("worker", "/work?tab=sign")
        for address in addresses(worker):
            worker.goto(f"{self.server.url}{address}")
            if worker.locator(".case-number").inner_text().strip() == number:
                return address
        raise AssertionError(f"{number} is not in the worker's list")


def addresses(page: Page) -> list[str]:
    """Return the addresses of the cases on a list, read at one moment: live news move the rows."""
    found: list[str] = page.locator("a[href*='/work/cases/']").evaluate_all(
        "links => [...new Set(links.map((one) => one.getAttribute('href')))]"
    )
    return found


def form(page: Page, action: str) -> Locator:
    """Open the form of an action as a person does and return it."""
    found = page.locator(f"#act-{action}")
    page.locator("details.act", has=found).locator("summary").click()
    expect(found).to_be_visible()
    return found


def send(page: Page, sent: Locator) -> None:
    """Press the button of a form and wait for the answer."""
    with page.expect_navigation():
        sent.locator("button[type=submit]").click()
