"""The catalogue: what a kind of problem asks of whom, and how fast."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from gridgov.domain.deadlines import Limit, parse_limit
from gridgov.domain.questions import Question

# The pictures a category may carry: symbols of static/icons.svg.
ICONS = frozenset(
    {"manhole", "road", "drop", "lamp", "trash", "stall", "car", "bike", "fire", "noise"}
    | {"smoke", "build", "dust", "paw", "people", "home", "paper", "bolt", "gas", "tree"}
    | {"farm", "shield", "help", "other"}
)
EMERGENCY_NUMBERS = frozenset({"110", "119", "120", "96110"})


class Level(StrEnum):
    """Where a case is handled: small matters in the village, large ones in the town."""

    GRID = "grid"
    VILLAGE = "village"
    TOWN = "town"
    DISTRICT = "district"

    def above(self) -> "Level":
        """Return the next level up; the district has none above and returns itself."""
        order = list(Level)
        return order[min(order.index(self) + 1, len(order) - 1)]


@dataclass(frozen=True, slots=True)
class Category:
    """A major class (without parent) or a minor class (大类/小类) with its rules.

    severity 1 (usual) to 4 (life in danger); `unit_code`: the unit of the district for
    it; `direct_unit`: straight there instead of to the grid's worker; `handle_limit`:
    until the whole is done, `stages` notes the steps on the way (停工4WH·处罚7WD·拆除20WD);
    `after_photo`: resolving needs a picture; `hand_over`: the emergency number that comes
    first; `tile`: its place among the tiles residents see first, None for the rest;
    `questions`: what programs ask besides (Open311 service definition); `stage_limits`:
    own limits of single stages (domain/stages), where the usual ones do not fit.
    """

    code: str
    parent_code: str | None
    name: str
    name_en: str
    severity: int
    default_level: Level
    unit_code: str | None
    self_close: bool
    accept_limit: Limit
    handle_limit: Limit
    confidential: bool
    public: bool
    after_photo: bool
    hand_over: str | None
    direct_unit: bool
    icon: str
    keywords: tuple[str, ...]
    tile: int | None
    stages: str
    questions: tuple[Question, ...] = ()
    stage_limits: Mapping[str, Limit] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the entry for storing."""
        return {
            **asdict(self),
            "accept_limit": str(self.accept_limit),
            "handle_limit": str(self.handle_limit),
            "keywords": list(self.keywords),
            "stage_limits": {stage: str(limit) for stage, limit in self.stage_limits.items()},
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Category":
        """Read an entry back from `as_json`."""
        return cls(
            **{
                **body,
                "default_level": Level(body["default_level"]),
                "accept_limit": parse_limit(body["accept_limit"]),
                "handle_limit": parse_limit(body["handle_limit"]),
                "keywords": tuple(body["keywords"]),
                "questions": tuple(map(Question.from_json, body.get("questions", ()))),
                "stage_limits": {
                    stage: parse_limit(limit)
                    for stage, limit in body.get("stage_limits", {}).items()
                },
            }
        )


class UnitLevel(StrEnum):
    """To whom a unit belongs. A utility works for the district without being part of it."""

    DISTRICT = "district"
    TOWN = "town"
    VILLAGE = "village"
    UTILITY = "utility"


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit (处置单位) as its file tells it; `inbox`: takes what is passed up to its area."""

    code: str
    name: str
    name_en: str
    level: UnitLevel
    area_code: str
    inbox: bool
