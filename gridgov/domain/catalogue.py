"""The catalogue: what a kind of problem asks of whom, and how fast."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from gridgov.domain.deadlines import Limit, parse_limit
from gridgov.domain.questions import Question
from gridgov.domain.stage_limits import NOTHING, Allowed, read_limits, written

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
    own limits of single stages (domain/stages), where the usual ones do not fit, and of
    single severities, those to accept and to handle as well.
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
    stage_limits: Mapping[str, Allowed] = field(default_factory=dict)

    def allowed(self, stage: str) -> Allowed:
        """Return what the class itself says of a stage, by severity."""
        own = self.stage_limits.get(stage, NOTHING)
        always = {"accept": self.accept_limit, "handle": self.handle_limit}.get(stage)
        return own if always is None else replace(own, usual=always)

    def limit_cells(self) -> dict[str, str]:
        """Return column → text of what the class itself says, as the cells of a file."""
        stages = sorted({"accept", "handle", *self.stage_limits})
        return {f"{stage}_limit": str(self.allowed(stage)) for stage in stages}

    def as_json(self) -> dict[str, Any]:
        """Return the entry for storing."""
        return {
            **asdict(self),
            "accept_limit": str(self.accept_limit),
            "handle_limit": str(self.handle_limit),
            "keywords": list(self.keywords),
            "stage_limits": written(self.stage_limits),
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
                "stage_limits": read_limits(body.get("stage_limits", {})),
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
