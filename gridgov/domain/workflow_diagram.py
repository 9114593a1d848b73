"""The workflow drawn from its table: a Mermaid state diagram."""

from collections import defaultdict

from gridgov.domain.workflow import STEPS, TERMINAL_STATES, CaseState


def as_mermaid() -> str:
    """Return the workflow as Mermaid text (stateDiagram-v2).

    Arrows with the same ends are one, labelled with all their actions. What leaves the
    state as it is stands in a note beside it.
    """
    arrows: dict[tuple[CaseState, CaseState], list[str]] = defaultdict(list)
    beside: dict[CaseState, list[str]] = defaultdict(list)
    for (state, action), step in STEPS.items():
        for end in step.ends(state):
            if end is state:
                beside[state].append(str(action))
            else:
                arrows[state, end].append(str(action))
    lines = ["stateDiagram-v2", "    [*] --> submitted: submit"]
    lines += [
        f"    {state} --> {end}: {', '.join(actions)}" for (state, end), actions in arrows.items()
    ]
    lines += [f"    {state} --> [*]" for state in CaseState if state in TERMINAL_STATES]
    for state, actions in beside.items():
        lines += [f"    note right of {state}", f"        {', '.join(actions)}", "    end note"]
    return "\n".join(lines) + "\n"
