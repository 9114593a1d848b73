"""The page of the benchmarks: sections are renewed one by one, and name no machine."""

import socket
from pathlib import Path

from benchmarks import machine
from benchmarks.__main__ import FIGURES, HEAD, page


def test_a_renewed_section_leaves_the_others_as_they_were() -> None:
    first = page("", {"live": "## Live\n\nold", "lookup": "## Lookup\n\nkept"})
    renewed = page(first, {"live": "## Live\n\nnew"})
    assert renewed == first.replace("old", "new")
    assert renewed.startswith(HEAD)


def test_sections_stand_in_one_order_whatever_was_measured_first() -> None:
    text = ""
    for name in reversed(FIGURES):
        text = page(text, {name: f"## {name}"})
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == list(FIGURES)


def test_the_machine_is_told_without_its_name_and_paths() -> None:
    line = machine.line()
    assert "cores" in line
    assert "Python" in line
    assert socket.gethostname() not in line
    assert str(Path.home()) not in line


def test_figures_of_a_busy_machine_say_so() -> None:
    assert "Loaded machine" in machine.load_words({"busy_before": 0.02, "busy_after": 0.7})
    assert "Quiet machine" in machine.load_words({"busy_before": 0.02, "busy_after": 0.05})
    assert "unknown" in machine.load_words({"busy_before": None, "busy_after": 0.05})
