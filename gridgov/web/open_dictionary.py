"""What stands in the files of open data: the dictionary, for people and for programs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from gridgov.services.reference import Reference
from gridgov.storage.editions import Model, PublishedCase, PublishedCell, PublishedReceived


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, its type as JSON Schema names it, what it means."""

    name: str
    type: str
    words: Any
    optional: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """One file of open data and where its rows lie."""

    name: str
    title: Any
    words: Any
    fields: tuple[Field, ...]
    model: Model


Value = str | int | float | None
Names = Callable[[str, str], tuple[str, str]]

_WHERE = (
    Field("month", "string", _l("Month in which the cases were closed, such as 2026-11.")),
    Field(
        "area_code",
        "string",
        _l("Code of the community or town; empty for the rest of the district."),
    ),
    Field("area", "string", _l("Its name in Chinese.")),
    Field("area_en", "string", _l("Its name in English.")),
    Field(
        "area_level",
        "string",
        _l(
            "village: this community; town: the communities of this town that are not told by "
            "themselves; district: those of the whole district."
        ),
    ),
)
_WHAT = (
    Field("category_code", "string", _l("Code of the kind of problem; empty for other kinds.")),
    Field("category", "string", _l("Its name in Chinese.")),
    Field("category_en", "string", _l("Its name in English.")),
    Field(
        "category_level",
        "string",
        _l(
            "minor: this kind; major: the kinds of this group that are not told by themselves; "
            "all: those of all groups."
        ),
    ),
)
FILES = {
    "cells": File(
        "cells",
        _l("Closed cases by community and kind"),
        _l("One row for each month, community and kind, with the number of closed cases."),
        (*_WHERE, *_WHAT, Field("closed", "integer", _l("How many cases were closed."))),
        PublishedCell,
    ),
    "cases": File(
        "cases",
        _l("Closed cases"),
        _l(
            "One row for each closed case. No words, no number, no day, no exact spot; the order "
            "says nothing of when it was closed."
        ),
        (
            *_WHERE,
            *_WHAT,
            Field("lon", "number", _l("Middle of the square, degrees east (WGS-84)."), True),
            Field("lat", "number", _l("Middle of the square, degrees north (WGS-84)."), True),
            Field(
                "square_m",
                "integer",
                _l(
                    "Side of the square in metres in which the case lies with enough others; "
                    "empty where only the community is told."
                ),
                True,
            ),
            Field(
                "days_to_close",
                "integer",
                _l("Whole days from the report to the closing."),
            ),
        ),
        PublishedCase,
    ),
    "received": File(
        "received",
        _l("Received cases by community"),
        _l("One row for each month and community; the month is that of the report."),
        (
            Field("month", "string", _l("Month in which the cases were received.")),
            *_WHERE[1:],
            Field("received", "integer", _l("How many cases were received.")),
            Field(
                "closed",
                "integer",
                _l("How many of them were closed when the month was published; empty: not told."),
                True,
            ),
            Field(
                "closed_more_than",
                "integer",
                _l("Where the number is not told: more than so many were closed."),
                True,
            ),
        ),
        PublishedReceived,
    ),
}


def in_both(words: Any) -> dict[str, str]:
    """Return words in both languages."""
    found = {}
    for tag, locale in (("zh-Hans", "zh_Hans"), ("en", "en")):
        with force_locale(locale):
            found[tag] = str(words)
    return found


def document(file: File) -> dict[str, Any]:
    """Return the dictionary of a file for programs."""
    return {
        "name": file.name,
        "title": in_both(file.title),
        "description": in_both(file.words),
        "fields": [
            {
                "name": one.name,
                "type": one.type,
                "required": not one.optional,
                "description": in_both(one.words),
            }
            for one in file.fields
        ],
    }


def values(row: Any, area: Names, category: Names) -> list[Value]:
    """Return the values of a row in the order of its file's fields."""
    told: list[Value] = [f"{row.month:%Y-%m}", row.area_code, *area(row.area_code, row.area_kind)]
    told.append(row.area_kind)
    if isinstance(row, PublishedReceived):
        return [*told, row.received, row.closed, row.more_than]
    told += [row.category, *category(row.category, row.category_kind), row.category_kind]
    if isinstance(row, PublishedCell):
        return [*told, row.closed]
    return [*told, row.lon, row.lat, row.square_m, row.days]


def names_of(reference: Reference) -> tuple[Names, Names]:
    """Return the names (Chinese, English) of an area and of a class by code, looked up once."""
    areas: dict[str, tuple[str, str]] = {"": (reference.name, reference.name_en)}
    other = in_both(_l("Other kinds"))
    kinds: dict[str, tuple[str, str]] = {"": (other["zh-Hans"], other["en"])}

    def area(code: str, _kind: str) -> tuple[str, str]:
        if code not in areas:
            found = reference.area(code)
            areas[code] = (code, code) if found is None else (found.name, found.name_en)
        return areas[code]

    def category(code: str, _kind: str) -> tuple[str, str]:
        if code not in kinds:
            lines = [line for _since, line in reference.past_classes.get(code, ()) if line]
            kinds[code] = (lines[-1].name, lines[-1].name_en) if lines else (code, code)
        return kinds[code]

    return area, category
