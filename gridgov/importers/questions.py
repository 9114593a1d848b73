"""The questions of the classes of a catalogue as a file; every refusal names the line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gridgov.domain.catalogue import Category
from gridgov.domain.questions import CODE, LINKS, Datatype, Question, Value
from gridgov.importers.rows import Row, read_records

COLUMNS = (
    "category",
    "code",
    "datatype",
    "required",
    "description",
    "description_en",
    "hint",
    "hint_en",
    "values",
)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


def read_questions(path: Path, categories: Sequence[Category]) -> list[Category]:
    """Return the categories with the questions of a file, each class's in the file's order.

    `values` lists what to choose from as `key=中文|English`, apart by semicolons.
    Raises: InvalidInput (field is the column, or `questions` for the file as a whole;
    `line`; reason blank, not_0_or_1, unknown, wrong_shape, twice, only_for_lists;
    `rows` names every refused row).
    """
    minors = {item.code for item in categories if item.parent_code is not None}
    found: dict[str, list[Question]] = {}

    def read(row: Row) -> None:
        category = row.text("category")
        if category not in minors:
            row.refuse("category", "unknown")
        question = _question(row)
        asked = found.setdefault(category, [])
        if question.code in {other.code for other in asked}:
            row.refuse("code", "twice")
        asked.append(question)

    read_records(path, COLUMNS, "questions", read)
    return [replace(item, questions=tuple(found.get(item.code, ()))) for item in categories]


def _question(row: Row) -> Question:
    code = row.text("code")
    if not CODE.fullmatch(code) or code == LINKS:
        row.refuse("code", "wrong_shape")
    if row.text("datatype") not in set(Datatype):
        row.refuse("datatype", "unknown")
    datatype = Datatype(row.cells["datatype"])
    return Question(
        code=code,
        datatype=datatype,
        required=row.flag("required"),
        description=row.text("description"),
        description_en=row.text("description_en"),
        hint=row.cells["hint"],
        hint_en=row.cells["hint_en"],
        values=_values(row, datatype),
    )


def _values(row: Row, datatype: Datatype) -> tuple[Value, ...]:
    if not datatype.has_values:
        if row.cells["values"]:
            row.refuse("values", "only_for_lists")
        return ()
    values = tuple(_value(row, part.strip()) for part in row.text("values").split(";"))
    if len({value.key for value in values}) < len(values):
        row.refuse("values", "twice")
    return values


def _value(row: Row, part: str) -> Value:
    key, _, names = part.partition("=")
    name, _, name_en = names.partition("|")
    if not _KEY.fullmatch(key) or not name.strip() or not name_en.strip():
        row.refuse("values", "wrong_shape")
    return Value(key, name.strip(), name_en.strip())
