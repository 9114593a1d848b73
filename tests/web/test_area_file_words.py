"""Every refusal, problem and remark of a file of areas has a sentence in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_babel import force_locale

from gridgov.config import ROOT
from gridgov.domain.area_imports import FIELDS, Problem, Remark
from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import InvalidInput
from gridgov.web import area_file_words
from gridgov.web.area_file_words import BY_REASON, FIELD_WORDS, PROBLEM_WORDS, REMARK_WORDS
from tests.web.edge import Edge
from tests.web.test_translations import CHINESE

READERS = sorted((ROOT / "gridgov" / "importers").glob("area*.py"))
OTHERS = [
    ROOT / "gridgov" / "domain" / name for name in ("area_imports.py", "datum_guess.py", "datum.py")
]
# What only commands are told: they name files and districts themselves.
OF_COMMANDS = {
    ("file", "unknown_format"),
    ("file", "unwritable"),
    ("fields", "unknown"),
    ("outline", "not_polygons"),
    ("district", "missing"),
    ("district", "unknown"),
    ("mapping", "unreadable"),  # told as unusable
    ("mapping", "unknown"),
    ("mapping", "ambiguous"),
    ("position", "out_of_range"),
}
# Chosen in one place by its own reasons.
OF_POLYGONS = {"unreadable", "empty", "not_polygon", "not_a_place"}
VALUES = {
    "word": "小区", "district": "440608", "categories": ["0101"], "type": "Point", "other": 3,
    "known": AreaKind.TOWN, "kind": AreaKind.GRID, "parent": "44", "above": AreaKind.GRID,
    "count": 2, "said": "utf-8", "column": "MC", "feature": 4, "counts": {AreaKind.TOWN: 4},
    "limit": 40, "lacking": [".shx"], "layers": ["a"], "reads_as": "gb18030", "key": "areas.code",
    "crs": "EPSG:4547", "lon": 4e5, "lat": 2e6, "x": 4e5, "y": 2e6, "datum": "WGS-84",
    "looks_like": "gcj02", "declared": "wgs84", "fit_declared": 0.9, "fit_other": 1.0,
    "outside_declared": 0.1, "outside_other": 0.0, "code": "44", "file": "a.zip",
}  # fmt: skip


def calls(paths: list[Path], name: str) -> Iterator[ast.Call]:
    """Every call of a name, or of `super().__init__` for errors that have their own class."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (name, "super().__init__"):
                yield node


def constants(call: ast.Call, *places: int) -> tuple[str, ...]:
    found = [call.args[place] for place in places if place < len(call.args)]
    return tuple(str(one.value) for one in found if isinstance(one, ast.Constant))


def test_every_refusal_has_a_sentence() -> None:
    told = {constants(call, 0, 1) for call in calls([*READERS, *OTHERS], "InvalidInput")}
    told = {pair for pair in told if len(pair) == 2}
    assert {("datum", "looks_like"), ("areas", "features"), ("crs", "zone")} <= told
    columns = {(field, "missing_column") for field in FIELDS}  # one sentence for all
    assert told - set(BY_REASON) - OF_COMMANDS - columns == set()


def test_every_problem_and_remark_has_a_sentence() -> None:
    problems = {one for call in calls(READERS, "Problem") for one in constants(call, 2)}
    assert problems | OF_POLYGONS == set(PROBLEM_WORDS)
    remarks = {one for call in calls(READERS, "Remark") for one in constants(call, 0)}
    assert remarks == set(REMARK_WORDS)
    assert tuple(FIELD_WORDS) == FIELDS


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_sentences_are_whole_in_both_languages(edge: Edge, language: str) -> None:
    with edge.app.test_request_context(), force_locale(language):
        said = [
            area_file_words.of(InvalidInput(field, reason, **VALUES)) for field, reason in BY_REASON
        ]
        said += [
            area_file_words.of_problem(Problem(1, "", one, "", VALUES)) for one in PROBLEM_WORDS
        ]
        said += [area_file_words.of_remark(Remark(one, "", **_needed(one))) for one in REMARK_WORDS]
        said.append(area_file_words.of(InvalidInput("name", "missing_column", column="MC")))
    for sentence in said:
        assert sentence and "%(" not in sentence
        assert bool(CHINESE.search(sentence.replace("小区", ""))) == (language == "zh_Hans"), (
            sentence
        )
    assert len(set(said)) > 45


def _needed(reason: str) -> dict[str, object]:
    names = {
        "mended": ("count", "said"),
        "cut": ("count", "column", "feature"),
        "kept": ("counts",),
        "landmarks": ("count",),
    }
    return {name: VALUES[name] for name in names.get(reason, ())}
