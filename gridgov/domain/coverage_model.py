"""What the checks of a net say: findings, their severity, and repairs as data.

A repair changes nothing by itself; `repairs.apply` carries it out on a copy of the net.
"""

from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import LonLat


class FindingKind(StrEnum):
    """What can be wrong with a net."""

    NO_POLYGON = "no_polygon"
    INVALID = "invalid"
    DUPLICATE_CODE = "duplicate_code"
    ORPHAN = "orphan"
    GAP = "gap"
    OVERLAP = "overlap"
    SLIVER = "sliver"
    UNEXAMINED = "unexamined"
    OUTSIDE = "outside_parent"
    EXCLAVE = "exclave"
    CODE_SHAPE = "code_shape"
    NO_LEAD = "no_lead"
    NO_DEPUTY = "no_deputy"
    SIZE = "size"


class Severity(StrEnum):
    """Whether a net with this finding may be activated."""

    BLOCKS = "blocks"
    WARNS = "warns"


class RepairAction(StrEnum):
    """What a repair does, for the sentence that offers it."""

    MAKE_VALID = "make_valid"
    KEEP_POLYGONS = "keep_polygons"
    ADOPT = "adopt"
    FILL = "fill"
    DIVIDE = "divide"
    SNAP = "snap"
    CLIP = "clip"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What is small enough to pass, in metres and square metres.

    Source: domain.md 5.3 (gap and overlap below 1 m², slivers above 10 m² reported,
    5 m beyond the parent). `sliver_width_m` parts a sliver from a gap by its mean width.
    A size is an outlier with a robust score above `outlier_score` (Iglewicz and Hoaglin,
    How to Detect and Handle Outliers, 1993: 3.5) that is also `outlier_factor` times
    larger or smaller than the town's median, among at least `outlier_grids` grids.
    """

    gap_m2: float = 1.0
    overlap_m2: float = 1.0
    sliver_m2: float = 10.0
    sliver_width_m: float = 1.0
    parent_m: float = 5.0
    outlier_score: float = 3.5
    outlier_factor: float = 4.0
    outlier_grids: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """Ground that changes hands: the losers lose it, the winner (None: nobody) gets it.

    `geometry` is a polygon or multipolygon in WGS-84 degrees. All codes are of `kind`.
    """

    kind: AreaKind
    geometry: BaseGeometry
    losers: tuple[str, ...]
    winner: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """A proposed change of a net.

    `code` is the area that is made valid, keeps only its polygons, or is adopted by
    `parent_code`; all other actions are `moves` of ground.
    """

    action: RepairAction
    code: str | None = None
    parent_code: str | None = None
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One fault of a net, with its place.

    `codes` are the areas concerned, the most concerned first; `parent_code` is the area
    on whose ground it lies. `place` is a point on the fault (None where there is no
    polygon at all), `geometry` the faulty part in degrees. `measure` is in `unit`: "m2",
    "ratio" (of the town's median size) or "areas" (how many); `width_m` is the mean width
    of a strip. `detail` is a short word for the sentence (self_intersection, none, …).
    """

    kind: FindingKind
    severity: Severity
    codes: tuple[str, ...]
    place: LonLat | None = None
    geometry: BaseGeometry | None = None
    measure: float | None = None
    unit: str = "m2"
    width_m: float | None = None
    parent_code: str | None = None
    detail: str = ""
    repair: Repair | None = None

    @property
    def blocks(self) -> bool:
        """Whether a net with this finding must not be activated."""
        return self.severity is Severity.BLOCKS

    @property
    def key(self) -> str:
        """Return a name that the same fault of the same net has again at the next check."""
        where = "" if self.place is None else f"{self.place.lon:.6f},{self.place.lat:.6f}"
        return f"{self.kind}:{'+'.join(self.codes[:2])}:{self.detail}:{where}"
