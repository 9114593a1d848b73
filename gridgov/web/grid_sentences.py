"""Sentences for what can go wrong with versions of the net, and with handing a case next door."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import GridgovError
from gridgov.services.grids import NotADraft
from gridgov.services.grids_activate import NetChanged, StillHandingOver, TooLateToUndo


def _of_area(values: dict[str, Any]) -> dict[str, str]:
    return {"code": str(values.get("code", "?"))}


BY_REASON: dict[tuple[str, str], Any] = {
    ("line", "not_a_line"): _l("Draw a line of at least two points that does not cross itself."),
    ("line", "not_two_parts"): _l(
        "The line must cut the grid into exactly two parts: from border to border, once."
    ),
    ("line", "too_small"): _l("One of the two parts would be next to nothing. Draw the line anew."),
    ("code", "unknown"): lambda values: _(
        "The draft has no such area: %(code)s.", **_of_area(values)
    ),
    ("codes", "too_few"): _l("Choose at least two grids to merge."),
    ("codes", "other_parent"): _l("Only grids of one village can be merged."),
    ("codes", "apart"): _l("These grids do not border on each other."),
    ("keep", "unknown"): _l("Say which of the merged grids keeps its number and its people."),
    ("polygon", "not_a_polygon"): _l("Draw an area: a line that comes back to its beginning."),
    ("polygon", "invalid"): _l("The outline crosses itself. Draw it anew."),
    ("polygon", "outside_parent"): _l("This lies outside the area it is to belong to."),
    ("categories", "missing"): _l("Choose what the professional grid takes."),
    ("categories", "unknown"): lambda values: _(
        "The catalogue has no class %(code)s.", **_of_area(values)
    ),
    ("parent", "unknown"): _l("Choose a village, a town or the district it belongs to."),
    ("names", "missing"): _l("Give it a name."),
    ("names", "too_long"): lambda values: _(
        "A name has at most %(limit)s characters.", limit=values.get("limit", "?")
    ),
    ("areas", "duplicate_code"): lambda values: _(
        "Two areas have the code %(code)s.", **_of_area(values)
    ),
    ("areas", "parent_kind"): lambda values: _(
        "Area %(code)s belongs to one that stands below it.", **_of_area(values)
    ),
    ("areas", "unknown_parent"): lambda values: _(
        "The area that %(code)s belongs to is missing.", **_of_area(values)
    ),
    ("areas", "no_polygon"): lambda values: _("Area %(code)s has no outline.", **_of_area(values)),
    ("areas", "invalid_polygon"): lambda values: _(
        "The outline of area %(code)s crosses itself or is none.", **_of_area(values)
    ),
    ("areas", "no_grid"): _l("There is no unit grid in this net."),
    ("areas", "no_district"): _l("The outline of the district itself is missing."),
    ("target", "same"): _l("The case is in this grid already."),
    ("target", "no_neighbour"): _l(
        "This grid does not border on yours. Put the pin where it really is, or return the case."
    ),
    ("target", "nobody"): _l(
        "Nobody has the duty there. Return the case, so that it is given out."
    ),
    ("position", "elsewhere"): _l("The pin lies in another grid than the one you chose."),
}

BY_KIND: dict[type[GridgovError], Any] = {
    NotADraft: _l("This version is no draft any more. Make a new one from the active net."),
    NetChanged: _l(
        "Another version became active meanwhile. Make a new draft from it; this one is kept."
    ),
    StillHandingOver: _l(
        "Cases of the last change are still being handed over. Try again in a minute."
    ),
    TooLateToUndo: _l(
        "Only the active version can be undone, and only on the day it became active. "
        "Copy the older version to a draft instead."
    ),
}
