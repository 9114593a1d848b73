"""Limits by stage and severity: as a form shows them, as it was filled in, and in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from gridgov.domain.deadlines import Limit, parse_limit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.stage_limits import NOTHING, SEVERITIES, Allowed
from gridgov.domain.stages import Stage
from gridgov.domain.table_imports import Table
from gridgov.web import table_words, words

Limits = Mapping[str, Allowed]
# What holds where a field is left empty: of a stage and a severity, None for all of them.
Otherwise = Callable[[Stage, int | None], Limit | None]


def column(stage: Stage, severity: int | None = None) -> str:
    """Return what the field of a limit is called: handle_limit, handle_limit_3."""
    return f"{stage}_limit" if severity is None else f"{stage}_limit_{severity}"


def severities(limits: Limits, usual: int) -> tuple[int, ...]:
    """Return the severities a class's form asks for: above its usual one, and those given."""
    given = {one for allowed in limits.values() for one in allowed.single}
    return tuple(one for one in SEVERITIES if one > usual or one in given)


def values(stages: Iterable[Stage], limits: Limits, asked: Sequence[int]) -> dict[str, str]:
    """Return field → text of the limits that are given."""
    found = {}
    for stage in stages:
        said = limits.get(stage, NOTHING)
        found[column(stage)] = "" if said.usual is None else str(said.usual)
        found |= {column(stage, one): str(said.single.get(one, "")) for one in asked}
    return found


def rows(
    stages: Iterable[Stage], asked: Sequence[int], otherwise: Otherwise, needed: Sequence[Stage]
) -> list[dict[str, Any]]:
    """Return a row of fields for each stage: [{name, word, fields}]."""

    def shown(stage: Stage, severity: int | None) -> dict[str, Any]:
        other = otherwise(stage, severity)
        return {
            "name": column(stage, severity),
            "label": _("all severities") if severity is None else severity_word(severity),
            "needed": stage in needed and severity is None,
            "otherwise": _said(stage) if other is None else str(other),
        }

    return [
        {
            "name": column(stage),
            "word": table_words.column(Table.CATALOGUE, column(stage)),
            "fields": [shown(stage, severity) for severity in (None, *asked)],
        }
        for stage in stages
    ]


def _said(stage: Stage) -> str:
    """Return what holds where no limit is said of a stage and there is none for all."""
    return _("as to accept") if stage is Stage.SIGN else ""


def severity_word(severity: int) -> str:
    """Return a severity as forms say it."""
    return _("severity %(number)s", number=severity)


def read(typed: Mapping[str, str], stages: Iterable[Stage], kept: Limits) -> dict[str, Allowed]:
    """Return the limits that were typed; fields that were not on the form stay as they are kept.

    Raises: InvalidInput (the field) for what is no limit.
    """
    found = {}
    for stage in stages:
        said = kept.get(stage, NOTHING)
        usual = _limit(typed, column(stage), said.usual)
        single = {
            one: _limit(typed, column(stage, one), said.single.get(one)) for one in SEVERITIES
        }
        own = Allowed(usual, {one: limit for one, limit in single.items() if limit is not None})
        if own:
            found[str(stage)] = own
    return found


def _limit(typed: Mapping[str, str], name: str, kept: Limit | None) -> Limit | None:
    text = typed.get(name)
    if text is None:
        return kept
    try:
        return parse_limit(text) if text else None
    except InvalidInput as error:
        raise InvalidInput(name, "not_a_limit", str(table_words.REASONS["not_a_limit"])) from error


def in_words(allowed: Allowed) -> str:
    """Return what is allowed in words: 2 个工作日 · 3 级 6 小时."""
    usual = [] if allowed.usual is None else [words.limit_of(allowed.usual)]
    single = [
        _("severity %(number)s: %(limit)s", number=one, limit=words.limit_of(limit))
        for one, limit in sorted(allowed.single.items())
    ]
    return " · ".join(usual + single)


def others_in_words(limits: Limits, stages: Iterable[Stage]) -> str:
    """Return the limits that are given of some stages in words: 核查时限 5 个工作日."""
    return "; ".join(
        f"{table_words.column(Table.CATALOGUE, column(stage))} {in_words(limits[stage])}"
        for stage in stages
        if limits.get(stage, NOTHING)
    )
