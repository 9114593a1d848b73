"""The browsers of the tests: Debian's Chromium, as a phone and as a desk.

pytest-playwright starts and closes it (and keeps a screenshot of a failure in
test-results/); this file says which program, how, and what the two devices are.
"""

import os
import shutil
import time
from collections.abc import Callable
from typing import Any, Protocol

from playwright.sync_api import Page, expect

CHROMIUM = "GRIDGOV_TEST_CHROMIUM"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root needs --no-sandbox; the others keep a test browser from looking for the internet.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# In the middle of Hecheng, the urban street of Gaoming.
POSITION = {"longitude": 112.8926, "latitude": 22.9006, "accuracy": 12.0}
# A page of this machine answers in milliseconds, but not on two cores that do three other things.
# Patience costs nothing where the thing comes; what has not come by then will not come.
TIMEOUT_MS = 30_000
expect.set_options(timeout=TIMEOUT_MS)

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "geolocation": POSITION,
    "permissions": ["geolocation"],
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
DESK: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}


class NewPage(Protocol):
    """Opens a page in a browser context of its own: its own cookies, a person of its own."""

    def __call__(self, base_url: str = "", **changes: Any) -> Page:
        """Return the page; `changes` are Playwright's context arguments (locale=…)."""
        ...


def find() -> str | None:
    """Return the path of a Chromium, or None."""
    chosen = os.environ.get(CHROMIUM)
    return chosen or next(filter(None, map(shutil.which, PROGRAMS)), None)


def missing() -> str | None:
    """Return what to do to get a browser here, or None when it is there."""
    return None if find() else "apt install chromium fonts-noto-cjk"


def launch_args() -> dict[str, Any]:
    """Return the arguments of Playwright's `launch`."""
    return {"executable_path": find(), "args": FLAGS}


def opener(new_context: Any, device: dict[str, Any]) -> NewPage:
    """Return a `NewPage` for a device, over pytest-playwright's `new_context`."""

    def new_page(base_url: str = "", **changes: Any) -> Page:
        context = new_context(**device | ({"base_url": base_url} if base_url else {}) | changes)
        context.set_default_timeout(TIMEOUT_MS)
        page: Page = context.new_page()
        return page

    return new_page


def started(page: Page) -> Page:
    """Wait until the scripts of a page have started: before that it is plain links and forms."""
    expect(page.locator("html")).to_have_attribute("data-started", "")
    return page


def until(page: Page, true: Callable[[], object], what: str) -> None:
    """Wait for something that no locator can say; the page goes on meanwhile."""
    ends = time.monotonic() + TIMEOUT_MS / 1000
    while not true():
        assert time.monotonic() < ends, f"{what} never came"
        page.wait_for_timeout(50)
