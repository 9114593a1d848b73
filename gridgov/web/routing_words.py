"""The written reason of a routing, as one sentence in the language of the request.

It says, as far as it is known: what contained the spot and by which rule, how far the
border is and who lies behind it, how good the position is, who else may be meant, and in
which version of the net.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import get_domain
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.areas import AreaShape
from gridgov.domain.routing import Placement, Rule, reason_parts
from gridgov.services.reference import Reference
from gridgov.web.i18n import language

# Rules that ask a position; the others ask a person, a text or a file.
_BY_POSITION = frozenset({Rule.PROFESSIONAL, Rule.COVERS, Rule.NEAREST, Rule.OUTSIDE})
_ON_THE_BORDER_M = 0.05
_KILOMETRES_FROM_M = 10_000.0
Parts = Mapping[str, Any]


def outside_ours() -> str:
    """Return what a resident reads about a spot that a district takes in to hand it over."""
    return _("Outside our district; we hand it over to those in charge there")


def sentence(reference: Reference, placement: Placement) -> str:
    """Return why a report lies where it lies."""
    # The language is looked up once: files have 100,000 sentences, and that was half the time.
    say = _Voice(get_domain().get_translations().gettext, language() == "en", reference)
    parts = reason_parts(placement, reference.net)
    told = {
        "name": say.name(parts["area"]),
        "neighbour": say.name(parts["neighbour"]),
        "grid": say.name(parts["grid"]),
        "length": say.length(parts["border_m"]),
    }
    clauses = [
        _FIRST[placement.rule],
        *_border(placement),
        *_accuracy(placement),
    ]
    if placement.accuracy_m is not None:
        told["accuracy"] = say.length(placement.accuracy_m)
    if parts["alternatives"]:
        told["others"] = say.others(parts["alternatives"])
        clauses.append(N_("also touches %(others)s"))
    told["number"] = str(placement.version)
    clauses.append(N_("net version %(number)s"))
    return ("; " if say.english else "；").join(say.gettext(clause) % told for clause in clauses)


def remarks(codes: Iterable[str]) -> list[str]:
    """Return what an import noted about where it put a case, in the language of the request."""
    return [str(_REMARKS[code]) for code in codes if code in _REMARKS]


def N_(message: str) -> str:  # noqa: N802 - the usual mark of a message said elsewhere
    """Mark a message for the catalogue; it is translated where it is said."""
    return message


@dataclass(frozen=True, slots=True)
class _Voice:
    """The language of one sentence."""

    gettext: Callable[[str], str]
    english: bool
    reference: Reference

    def name(self, area: Parts | None) -> str:
        """Return an area's name, also of one that only older versions have."""
        if area is None:
            return ""
        known: AreaShape | None = self.reference.area(area["code"])
        if known is None:
            return str(area["code"])
        return known.name_en if self.english else known.name

    def length(self, metres: float) -> str:
        """Return a length as people read it: 0.4 m, 92 m, 14 km."""
        if metres >= _KILOMETRES_FROM_M:
            return self.gettext(N_("%(km)s km")) % {"km": round(metres / 1000)}
        words = f"{metres:.1f}".removesuffix(".0") if metres < 10 else str(round(metres))
        return self.gettext(N_("%(metres)s m")) % {"metres": words}

    def others(self, alternatives: list[Parts]) -> str:
        """Return the other grids the circle of accuracy touches, each with its share."""
        found = (f"{self.name(one)} {one['share_percent']}%" for one in alternatives)
        return (", " if self.english else "、").join(found)


_FIRST: Mapping[Rule, str] = {
    Rule.PROFESSIONAL: N_("In the professional grid %(name)s, which takes this kind of problem"),
    Rule.COVERS: N_("Lies in %(name)s"),
    Rule.NEAREST: N_("In no grid; the nearest is %(name)s, %(length)s away"),
    Rule.VILLAGE_TRAY: N_("No grid known; goes to the village %(name)s"),
    Rule.TOWN_TRAY: N_("No grid known; goes to the town %(name)s"),
    Rule.DISTRICT_TRAY: N_("No grid known; goes to the district %(name)s"),
    Rule.OUTSIDE: N_(
        "Outside the district, %(length)s from its border; taken in to be handed over"
    ),
    Rule.CHOSEN: N_("The reporter named %(name)s"),
    Rule.LABEL: N_("Where it came from, it belonged to %(name)s"),
}


def _border(placement: Placement) -> list[str]:
    """Return how far the border is and whose it is, and whose the ground is."""
    rule, behind = placement.rule, placement.neighbour_code is not None
    if rule is Rule.NEAREST:
        return [N_("the next after it is %(neighbour)s")] if behind else []
    if rule not in (Rule.PROFESSIONAL, Rule.COVERS):
        # A person chose, and a position was there as well: it is the `neighbour`.
        apart = N_("the position itself lies in %(neighbour)s, %(length)s from its border")
        return [apart] if behind else []
    ground = rule is Rule.PROFESSIONAL and placement.grid_code is not None
    found = [N_("the ground is that of %(grid)s")] if ground else []
    if not behind:
        return [*found, N_("%(length)s from its border, no other grid behind it")]
    if placement.border_m < _ON_THE_BORDER_M:
        return [*found, N_("on the border with %(neighbour)s")]
    return [*found, N_("%(length)s from the border of %(neighbour)s")]


def _accuracy(placement: Placement) -> list[str]:
    if placement.accuracy_m is None:
        return [N_("accuracy unknown")] if placement.rule in _BY_POSITION else []
    if placement.too_vague:
        return [N_("accuracy %(accuracy)s, too rough for one grid")]
    return [N_("accuracy %(accuracy)s")]


# What the import of requests could not use, and a person has to look at.
_REMARKS: Mapping[str, Any] = {
    "default_coordinate": _l("its coordinates are what a geocoder says when it finds nothing"),
    "missing_coordinates": _l("it came without coordinates"),
    "unreadable_coordinates": _l("its coordinates could not be read"),
    "outside_every_area": _l("its coordinates lie outside the district"),
    "unknown_label": _l("the area it came with is not known here"),
    "blank_label": _l("it came without an area"),
    "label_and_position_disagree": _l("its coordinates lie in another area"),
}
