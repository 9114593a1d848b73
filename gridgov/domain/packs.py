"""A configuration pack (一地创新，各地复用): what one district worked out, for another to take.

Classes with limits and questions, units as kinds, response texts, settings of approvals and
the ladder, days of the calendar. Never people, never keys, never the areas of a place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gridgov.domain.catalogue import Category
from gridgov.domain.published_days import PublishedDay
from gridgov.domain.replies import ReplyText
from gridgov.domain.setup import UnitRow
from gridgov.domain.table_imports import ReadTable

FORMAT, VERSION = "gridgov-pack", 1
SECTIONS = ("catalogue", "units", "unit_kinds", "replies", "settings", "calendar")
# Settings that are rules of work; all others belong to a place or to an installation.
USUAL_LIMITS = "usual_limits"  # versioned with the catalogue; the others hold from now on
RULES = ("closing", "ladder", "natural_from", "storm", "working_hours", USUAL_LIMITS)


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A unit that every area of a level has: {code} and {name} stand for those of the area.

    `ends` is how names of the areas end that have it (镇, 街道), "" for all.
    """

    level: str
    code: str
    name: str
    name_en: str
    inbox: bool
    ends: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the kind for a pack."""
        return {
            "level": self.level,
            "code": self.code,
            "name": self.name,
            "name_en": self.name_en,
            "inbox": self.inbox,
            "ends": self.ends,
        }

    def unit(self, code: str, name: str, name_en: str) -> UnitRow:
        """Return the unit of this kind for an area."""

        def filled(text: str, said: str) -> str:
            return text.replace("{code}", code).replace("{name}", said)

        return UnitRow(
            code=filled(self.code, name),
            name=filled(self.name, name),
            name_en=filled(self.name_en, name_en),
            level=self.level,
            area_code=code,
            inbox=self.inbox,
        )


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as it was read: checked row by row, with what it says about itself."""

    notes: str
    made_at: str
    made_by: str
    classes: ReadTable[Category]
    units: ReadTable[UnitRow]
    kinds: tuple[UnitKind, ...] = ()
    replies: tuple[ReplyText, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    days: tuple[PublishedDay, ...] = ()


def kind_of(unit: UnitRow, code: str, name: str, name_en: str) -> UnitKind | None:
    """Return a unit of an area as a kind, None where it is one of its own."""
    if code not in unit.code or not name or name not in unit.name:
        return None
    english = unit.name_en.replace(name_en, "{name}") if name_en else unit.name_en
    return UnitKind(
        level=unit.level,
        code=unit.code.replace(code, "{code}"),
        name=unit.name.replace(name, "{name}"),
        name_en=english if "{name}" in english else "{name} " + unit.name_en,
        inbox=unit.inbox,
        ends=name[-1],
    )


def shared(kinds: Iterable[UnitKind | None]) -> tuple[UnitKind, ...]:
    """Return the kinds, each once: by level, code and how the areas' names end."""
    found: dict[tuple[str, str, str], UnitKind] = {}
    for one in kinds:
        if one is not None:
            found.setdefault((one.level, one.code, one.ends), one)
    return tuple(found[key] for key in sorted(found))
