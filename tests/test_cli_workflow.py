"""`gridgov workflow show` says what the table of the code says."""

import json

from click.testing import CliRunner

from gridgov.cli import cli
from gridgov.domain.workflow import STEPS, CaseState


def test_the_table_is_printed_as_json() -> None:
    done = CliRunner().invoke(cli, ["workflow", "show", "--format", "json"])
    assert done.exit_code == 0
    told = json.loads(done.output)
    assert told["states"] == [str(state) for state in CaseState]
    assert set(told) >= {"states", "terminal", "transitions"}
    pairs = {(one["from"], one["action"]) for one in told["transitions"]}
    assert pairs == {(str(state), str(action)) for state, action in STEPS}


def test_the_diagram_draws_every_way_from_one_state_to_another() -> None:
    done = CliRunner().invoke(cli, ["workflow", "show", "--format", "mermaid"])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert any(
        line.strip().startswith("handling --> suspended: grant_suspension") for line in lines
    )
    for (state, _), step in STEPS.items():
        for end in step.ends(state):
            if end is not state:
                assert any(line.strip().startswith(f"{state} --> {end}:") for line in lines)
