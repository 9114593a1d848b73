"""Measure, and write docs/benchmarks.md: `make bench`, or `make bench ARGS="lookup live"`.

    python -m benchmarks [NAME …] [--date 2026-11-22]

Without names all figures are taken, one after the other. The page keeps the sections of
figures that were not asked for; each section says when and on what it was taken.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from benchmarks import (
    area_files,
    area_maps,
    board_api,
    boards,
    coverage,
    deadlines_sweep,
    desk_rows,
    import_requests,
    live,
    lookup,
    machine,
    memory,
    numbers_engine,
    rehearsal,
    replay,
    search,
    servers,
    startup,
    submissions,
)
from tests.support import browser, postgis

PAGE = servers.ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` (`make bench ARGS="lookup live"` renews single sections); the scripts are in `benchmarks/`, one a figure, each runs alone as well: `.venv/bin/python -m benchmarks.lookup`.
Every figure stands beside its baseline, and the ratio is what carries over to another machine: the load generator, the server, the database and the browser share the same cores here.
"""  # noqa: E501 - a paragraph is one line


@dataclass(frozen=True)
class Figure:
    """One section of the page: how to measure it, how to write it, what it needs here."""

    title: str
    run: Callable[[], dict[str, Any]]
    as_markdown: Callable[[dict[str, Any]], str]
    needs: tuple[Callable[[], str | None], ...] = ()


FIGURES: Mapping[str, Figure] = {
    "lookup": Figure(lookup.TITLE, lookup.run, lookup.as_markdown, (postgis.missing,)),
    "submissions": Figure(
        submissions.TITLE, submissions.run, submissions.as_markdown, (postgis.missing,)
    ),
    "live": Figure(live.TITLE, live.run, live.as_markdown, (postgis.missing, browser.missing)),
    "boards": Figure(
        boards.TITLE, boards.run, boards.as_markdown, (postgis.missing, browser.missing)
    ),
    "board_api": Figure(board_api.TITLE, board_api.run, board_api.as_markdown, (postgis.missing,)),
    "numbers_engine": Figure(
        numbers_engine.TITLE, numbers_engine.run, numbers_engine.as_markdown, (postgis.missing,)
    ),
    "memory": Figure(memory.TITLE, memory.run, memory.as_markdown),
    "area_maps": Figure(area_maps.TITLE, area_maps.run, area_maps.as_markdown),
    "coverage": Figure(coverage.TITLE, coverage.run, coverage.as_markdown),
    "area_files": Figure(area_files.TITLE, area_files.run, area_files.as_markdown),
    "rehearsal": Figure(rehearsal.TITLE, rehearsal.run, rehearsal.as_markdown),
    "import_requests": Figure(
        import_requests.TITLE,
        import_requests.run,
        import_requests.as_markdown,
        (postgis.missing,),
    ),
    "deadlines_sweep": Figure(
        deadlines_sweep.TITLE,
        deadlines_sweep.run,
        deadlines_sweep.as_markdown,
        (postgis.missing,),
    ),
    "desk_rows": Figure(desk_rows.TITLE, desk_rows.run, desk_rows.as_markdown, (browser.missing,)),
    "search": Figure(search.TITLE, search.run, search.as_markdown, (postgis.missing,)),
    "replay": Figure(replay.TITLE, replay.run, replay.as_markdown, (postgis.missing,)),
    "startup": Figure(startup.TITLE, startup.run, startup.as_markdown),
}


def section(name: str, figure: Figure, on: date) -> str:
    """Measure one figure and return its section of the page."""
    load = {"busy_before": machine.busy()}
    result = figure.run()
    load["busy_after"] = machine.busy()
    return (
        f"## {figure.title}\n\n{figure.as_markdown(result)}\n\n"
        f"Taken {on.isoformat()} on {machine.line()}. {machine.load_words(load)}"
    )


def page(old: str, taken: Mapping[str, str]) -> str:
    """Return the page with the sections just taken in the place of the old ones."""
    parts = [HEAD]
    for name in FIGURES:
        kept = re.search(f"<!-- {name} -->\n(.*?)\n<!-- end of {name} -->", old, re.DOTALL)
        text = taken.get(name) or (kept and kept[1])
        if text:
            parts.append(f"<!-- {name} -->\n{text}\n<!-- end of {name} -->\n")
    return "\n".join(parts)


def lacking(names: list[str]) -> list[str]:
    """Return what has to be installed before these figures can be taken here."""
    cures = {look() for name in names for look in FIGURES[name].needs}
    return sorted(cure for cure in cures if cure)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Write docs/benchmarks.md.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--date", type=date.fromisoformat, default=datetime.now(UTC).date())
    asked = parser.parse_args()
    names = asked.names or list(FIGURES)
    if unknown := sorted(set(names) - set(FIGURES)):
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    if cures := lacking(names):
        sys.exit(f"benchmarks: this machine lacks something: {'; '.join(cures)}")
    for number, name in enumerate(names, 1):
        print(f"· {name} ({number} of {len(names)}) …", flush=True)
        text = section(name, FIGURES[name], asked.date)
        print(f"\n{text}\n", flush=True)
        # After each figure, so that a failure of the next one loses nothing.
        old = PAGE.read_text("utf-8") if PAGE.exists() else ""
        PAGE.write_text(page(old, {name: text}), "utf-8")
    print(f"written: {PAGE.relative_to(servers.ROOT)}")


if __name__ == "__main__":
    main()
