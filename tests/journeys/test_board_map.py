"""The map of the board: the line from the call-out to its area crosses no name."""

from playwright.sync_api import expect

from tests.journeys.test_main_job import sign_in
from tests.support.browser import NewPage
from tests.support.server import Server

# Points along the line that lie in the box of a name or a disc.
CROSSED = """() => {
  const svg = document.querySelector("[data-module=board-map] svg");
  const line = svg.querySelector("[data-leader]");
  const far = line.getTotalLength();
  const names = [...svg.querySelectorAll(".map-label, .map-disc")];
  const boxes = names.map((one) => one.getBoundingClientRect());
  return [...Array(101).keys()].filter((n) => {
    const at = line.getPointAtLength((far * n) / 100).matrixTransform(svg.getScreenCTM());
    return boxes.some((b) => at.x > b.left && at.x < b.right && at.y > b.top && at.y < b.bottom);
  }).length;
}"""


def test_the_line_to_an_area_crosses_no_name(server: Server, new_desk: NewPage) -> None:
    board = sign_in(new_desk(), server, "supervisor")
    board.goto(f"{server.url}/board")
    areas = board.locator("[data-module=board-map] .map-area")
    expect(board.locator("[data-leader][d]")).to_have_count(1)
    for number in range(areas.count()):
        areas.nth(number).focus()
        name = areas.nth(number).get_attribute("data-area")
        expect(board.locator("[data-callout]")).to_have_attribute("data-area", name or "")
        assert board.evaluate(CROSSED) == 0, name
