"""Who is responsible for a case when the net changes: the rule, for one case.

A case keeps the version and the grid it was routed with, for ever; what moves is the
duty. It moves only where the ground moved: a case in a grid that stayed as it was
stays, also one that a person put there against its position.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gridgov.domain.areas import AreaKind
from gridgov.domain.lineage import SAME, Change, Link
from gridgov.domain.routing import Net


@dataclass(frozen=True, slots=True)
class DutyPlace:
    """Whose duty a case is: codes of one version of the net, None where there is none."""

    version: int
    town_code: str | None = None
    village_code: str | None = None
    grid_code: str | None = None
    professional_code: str | None = None

    @property
    def home(self) -> str | None:
        """Return the grid whose people have the duty: the professional one before the unit grid."""
        return self.professional_code or self.grid_code

    @property
    def anchor(self) -> str | None:
        """Return the lowest area there is: a grid, or in a tray the village or the town."""
        return self.home or self.village_code or self.town_code

    def codes(self) -> tuple[str | None, ...]:
        """Return the four codes, from the town down."""
        return self.town_code, self.village_code, self.grid_code, self.professional_code

    def as_json(self) -> dict[str, Any]:
        """Return the place for the history and for JSON."""
        return {
            "version": self.version,
            "town": self.town_code,
            "village": self.village_code,
            "grid": self.grid_code,
            "professional": self.professional_code,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "DutyPlace":
        """Read a place back, as `as_json` wrote it."""
        return cls(
            values["version"],
            values["town"],
            values["village"],
            values["grid"],
            values["professional"],
        )


def place_at(net: Net, code: str, ground_code: str | None = None) -> DutyPlace:
    """Return the place of an area; `ground_code` is the unit grid below a professional one.

    Raises: NotFound where the net has no such area.
    """
    kinds = {net.area(step).kind: step for step in net.path_of(code, ground_code)}
    professional = kinds.get(AreaKind.PROFESSIONAL)
    return DutyPlace(
        version=net.version,
        town_code=kinds.get(AreaKind.TOWN),
        village_code=kinds.get(AreaKind.VILLAGE),
        grid_code=ground_code if professional is not None else kinds.get(AreaKind.GRID),
        professional_code=professional,
    )


class NewNet:
    """A net that takes the place of another, and what its coming means for a case."""

    def __init__(self, net: Net, news: Iterable[Link]) -> None:
        """Keep the net and the news since the one before (`lineage.changed`)."""
        self.net = net
        self._heirs: dict[str, str] = {}
        self._stirred: set[str] = set()
        self._grown: set[str] = set()
        for link in sorted(news, key=lambda link: (-link.share_from, link.to_code or "")):
            self._take(link)

    def _take(self, link: Link) -> None:
        old, new = link.from_code, link.to_code
        if new is not None and not (old == new and link.share_to >= SAME):
            self._grown.add(new)
        if old is None:
            return
        lost_nothing = old == new and link.share_from >= SAME
        if not lost_nothing or link.change is Change.MOVED:
            self._stirred.add(old)
        if new is not None:
            self._heirs.setdefault(old, new)

    def place_of(
        self, now: DutyPlace, found_code: str | None, ground_code: str | None
    ) -> DutyPlace | None:
        """Return whose duty a case becomes, None where it stays with whom it is.

        `found_code` is the area that would take the case's position in the new net,
        None without a position or outside; `ground_code` the unit grid it lies in.
        """
        target = self._target(now, found_code)
        grid = ground_code if target == found_code else self._still(now.grid_code)
        place = place_at(self.net, target, grid)
        return None if place.codes() == now.codes() else place

    def _target(self, now: DutyPlace, found_code: str | None) -> str:
        anchor = now.anchor
        if anchor is None:  # the district's own tray
            return found_code or self.net.district_code
        if self.net.find(anchor) is None or anchor in self._stirred:
            return found_code or self._heir(now)
        if found_code is not None and (now.home is None or self._takes_over(found_code)):
            return found_code
        return anchor

    def _takes_over(self, code: str) -> bool:
        """Tell whether an area got its ground just now, and overlays what lies below."""
        return code in self._grown and self.net.area(code).kind is AreaKind.PROFESSIONAL

    def _heir(self, now: DutyPlace) -> str:
        """Return the area for a case without a position: where most of its ground went."""
        for code in (now.professional_code, now.grid_code, now.village_code, now.town_code):
            if code is None:
                continue
            if (still := self._still(code)) is not None:
                return still
            if self.net.find(self._heirs.get(code)) is not None:
                return self._heirs[code]
        return self.net.district_code

    def _still(self, code: str | None) -> str | None:
        return code if self.net.find(code) is not None else None
