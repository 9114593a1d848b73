"""The drawing of the workflow shows every state and every way of the table."""

from gridgov.domain.workflow import STEPS, CaseState
from gridgov.web.workflow_drawing import HEIGHT, WIDTH, draw


def test_every_state_has_its_own_box_and_every_way_an_arrow() -> None:
    drawing = draw({state: str(state) for state in CaseState})
    assert [one["word"] for one in drawing["boxes"]] == [str(state) for state in CaseState]
    ways = {
        (state, end)
        for (state, _action), step in STEPS.items()
        for end in step.ends(state)
        if end is not state
    }
    assert len(drawing["arrows"]) == len(ways)
    assert len({one["path"] for one in drawing["arrows"]}) == len(ways), "there and back are two"


def test_no_box_lies_on_another_or_outside() -> None:
    drawing = draw({state: "" for state in CaseState})
    boxes = [(one["x"], one["y"]) for one in drawing["boxes"]]
    for at, (x, y) in enumerate(boxes):
        assert x > 0 and x + WIDTH < drawing["width"] and y > 0 and y + HEIGHT < drawing["height"]
        for other_x, other_y in boxes[:at]:
            assert abs(x - other_x) >= WIDTH or abs(y - other_y) >= HEIGHT
