"""How a benchmark that runs alone tells its figures: as a page for people, then as JSON."""

import argparse
import json
from collections.abc import Callable
from typing import Any

Result = dict[str, Any]


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Return the command line every benchmark has; it may add options of its own."""
    made = argparse.ArgumentParser(description=doc.splitlines()[0] if doc else "")
    made.add_argument("--json", action="store_true", help="print the JSON only")
    return made


def tell(result: Result, as_markdown: Callable[[Result], str], *, only_json: bool) -> None:
    """Print what was measured."""
    if not only_json:
        print(as_markdown(result), end="\n\n")
    print(json.dumps(result, ensure_ascii=False))


def main(doc: str | None, run: Callable[[], Result], as_markdown: Callable[[Result], str]) -> None:
    """Measure and tell, for a benchmark without options of its own."""
    asked = parser(doc).parse_args()
    tell(run(), as_markdown, only_json=asked.json)
