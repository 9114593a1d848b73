"""Measure the dispatcher's list with 2,000 rows in Chromium: scrolling it and walking it by keys.

    python -m benchmarks.desk_rows [--json]

Open cases are written in bulk into the sample district of the default profile; a dispatcher
opens the list with all the rows it may have. Scrolling moves the list in each frame and
notes how long the frame took; a key is timed from its event to the second frame after it,
when what it changed stands on the screen. Baseline: the same list with 100 rows.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks import alone, servers
from gridgov.app import create_app
from gridgov.config import Settings
from gridgov.services import desk_queue, imports
from gridgov.services import reference as references
from gridgov.services.imports import Outcome, PastRequest
from gridgov.services.routing import locate
from gridgov.storage.base import db
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.instance import EXTENSION
from tests.support import browser as chromium
from tests.support.acts import DISTRICT, inside

TITLE = "The desk's list with 2,000 rows"
ROWS = (desk_queue.PAGE, desk_queue.MOST)
CASES = 2_200
OPENED = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
AIM_FRAME_MS = 50.0
PRESSES = 60
CODES = ("0101", "0201", "0301")
PATIENCE_MS = 60_000

# Scrolls down the list and back from its end: milliseconds of each frame.
SCROLL = """([frames, step]) => new Promise((done) => {
  const list = document.querySelector(".desk-queue");
  const taken = [];
  let before = null, turn = 0, way = step;
  function frame(now) {
    if (before !== null) taken.push(now - before);
    before = now;
    turn += 1;
    if (turn > frames) return done(taken);
    const stood = list.scrollTop;
    list.scrollTop = stood + way;
    if (list.scrollTop === stood) way = -way;
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);
})"""
FRAMES, STEP_PX = 400, 120  # a notch of a mouse wheel each frame

# Notes for each key how long it took until what it changed was painted.
KEYS = """() => {
  window.painted = [];
  document.addEventListener("keydown", (event) => {
    requestAnimationFrame(() => requestAnimationFrame(() =>
      window.painted.push(performance.now() - event.timeStamp)));
  }, { capture: true });
}"""


def run() -> dict[str, Any]:
    """Measure the short list and the long one.

    Returns `{rows: {"page_s", "frame_p50_ms", "frame_p95_ms", "frame_max_ms", "j_p50_ms",
    "j_p95_ms", "x_p50_ms", "x_p95_ms"}}`; page_s is from the question to all rows standing.
    """
    with servers.sqlite_profile(prepared=_write_cases) as server, sync_playwright() as playwright:
        program = playwright.chromium.launch(**chromium.launch_args())
        page = program.new_context(**chromium.DESK, base_url=server.base_url).new_page()
        _sign_in(server, page)
        measured = {str(rows): _measure(page, rows) for rows in ROWS}
        program.close()
    return measured


def _write_cases(settings: dict[str, str]) -> None:
    """Write open cases whose limits lie all over the next days."""
    folder, url = Path(settings["GRIDGOV_INSTANCE"]), settings["GRIDGOV_DATABASE_URL"]
    app = create_app(Settings(database_url=url, instance=folder))
    with app.app_context():
        with read_only() as session:
            reference = references.of(session, DISTRICT)
            spot = inside(session)
        codes = [code for code in CODES if code in reference.catalogue]
        placed = {code: locate(reference, spot, code, None) for code in codes}
        requests = [
            PastRequest(
                external_id=f"row-{number}",
                opened_at=OPENED + timedelta(seconds=number),
                outcome=Outcome.OPEN,
                category_code=codes[number % len(codes)],
                placement=placed[codes[number % len(codes)]],
                target_at=OPENED + timedelta(days=2, minutes=7 * number),
                position=spot,
            )
            for number in range(CASES)
        ]
        batch = imports.prepare(requests, reference, source="bench", now=OPENED)
        with unit_of_work() as session:
            imports.write(session, batch)
        db.session.remove()
        db.engine.dispose()
    app.extensions[EXTENSION].photos.close()


def _sign_in(server: servers.Server, page: Page) -> None:
    login = server.login("dispatcher")
    page.goto("/login")
    page.fill("#username", login["username"])
    page.fill("#password", login["password"])
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def _measure(page: Page, rows: int) -> dict[str, float]:
    began = datetime.now(UTC)
    page.goto(f"/desk?tab=open&rows={rows}", timeout=PATIENCE_MS)
    page.locator("[data-help]").wait_for(timeout=PATIENCE_MS)  # the script runs
    loaded = (datetime.now(UTC) - began).total_seconds()
    shown = page.locator("[data-case]").count()
    if shown < rows:
        raise RuntimeError(f"{shown} rows are shown instead of {rows}")
    frames = np.array(page.evaluate(SCROLL, [FRAMES, STEP_PX]))
    # The keys begin in the middle: behind them as many rows as before them.
    page.locator("[data-case] th a").nth(rows // 2).focus()
    page.evaluate(KEYS)
    found = {"page_s": round(loaded, 2)} | _shares("frame", frames)
    for key in "jx":
        page.evaluate("window.painted.length = 0")
        for number in range(1, PRESSES + 1):
            page.keyboard.press(key)
            page.wait_for_function("(n) => window.painted.length >= n", arg=number)
        found |= _shares(key, np.array(page.evaluate("window.painted")))
    if page.locator("[data-case] [name=case_id]:checked").count() not in (0, 1):
        raise RuntimeError("the key x chose rows nobody stood on")
    return found


def _shares(name: str, taken: Any) -> dict[str, float]:
    p50, p95 = np.percentile(taken, [50, 95])
    return {
        f"{name}_p50_ms": round(float(p50), 1),
        f"{name}_p95_ms": round(float(p95), 1),
        f"{name}_max_ms": round(float(taken.max()), 1),
    }


def as_markdown(result: dict[str, Any]) -> str:
    """Return the figures as text and a table."""
    lines = [
        f"A district with {CASES:,} more open cases; headless Chromium without a graphics "
        f"processor. The list is moved by {STEP_PX} pixels in each of {FRAMES} frames, back "
        "from its end; `j` and `x` are "
        f"pressed {PRESSES} times from the middle of the list, timed from the key to the second "
        f"frame after it. The promise is a p95 frame of at most {AIM_FRAME_MS:.0f} ms with "
        f"{ROWS[-1]:,} rows. *Baseline* is the list as it opens, with {ROWS[0]} rows.",
        "",
        "| rows | page s | frame p50 ms | p95 | most | j p50 ms | p95 | x p50 ms | p95 | "
        "p95 frame over baseline |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    base = result[str(ROWS[0])]["frame_p95_ms"]
    lines += [
        f"| {int(rows):,} | {one['page_s']} | {one['frame_p50_ms']} | {one['frame_p95_ms']} | "
        f"{one['frame_max_ms']} | {one['j_p50_ms']} | {one['j_p95_ms']} | {one['x_p50_ms']} | "
        f"{one['x_p95_ms']} | {one['frame_p95_ms'] / base:.2f} |"
        for rows, one in result.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    alone.main(__doc__, run, as_markdown)
