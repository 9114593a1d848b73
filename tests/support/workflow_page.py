"""The workflow table of docs/workflow.md, written from the one in the code.

python -m tests.support.workflow_page     puts the table anew into the page
"""

from enum import StrEnum
from pathlib import Path

from gridgov.domain.workflow import PUBLIC_STATE, STEPS, CaseState, Clock, Need
from gridgov.domain.workflow_diagram import as_mermaid

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workflow.md"
BEGIN = "<!-- steps: written by python -m tests.support.workflow_page -->"
END = "<!-- end of steps -->"

HEAD = (
    "| state | action | next state | who | must come with it | clocks |\n"
    "| --- | --- | --- | --- | --- | --- |\n"
)
NEED_WORDS = {
    Need.AFTER_PHOTO: "photo, if the category asks for one",
    Need.BOTH_PHOTOS: "photos before and after",
    Need.RECEIPT: "their receipt number or a picture of it",
}
CLOCK_WORDS = {
    Clock.KEEP: "–",
    Clock.START_SIGN: "limit to sign starts anew",
    Clock.PAUSE: "stand; what is left is kept",
    Clock.CONTINUE: "what was left counts from now",
    Clock.EXTEND: "the limit moves, the first one stays on record",
    Clock.RESUME: "at least one working hour is left",
    Clock.RESTART: "limit to handle starts anew",
    Clock.STOP: "stop",
}


def _code(value: StrEnum | None) -> str:
    return "–" if value is None else f"`{value}`"


def _several(words: list[str]) -> str:
    return ", ".join(words) or "–"


def steps_table() -> str:
    """Return the table of all steps in Markdown: by state, in the order of the code."""
    lines = []
    for state in CaseState:
        for (at, action), step in STEPS.items():
            if at is not state:
                continue
            ends = step.ends(at)
            following = (
                "stays"
                if ends == (at,) and step.to is None
                else _several([_code(end) for end in ends])
            )
            who = _several(sorted(step.who))
            needs = _several([NEED_WORDS.get(need, need) for need in sorted(step.needs)])
            cells = (_code(at), _code(action), following, who, needs, CLOCK_WORDS[step.clock])
            lines.append(f"| {' | '.join(cells)} |\n")
    return f"```mermaid\n{as_mermaid()}```\n\n{HEAD}{''.join(lines)}"


def public_words() -> dict[str, str]:
    """Return state → the word a resident sees."""
    return {str(state): str(PUBLIC_STATE[state]) for state in CaseState}


def table_in(page: str) -> str:
    """Return the table that stands between the marks of the page."""
    return page.split(BEGIN + "\n")[1].split(END)[0]


def main() -> None:
    """Write the table into the page."""
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN + "\n")
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{steps_table()}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
