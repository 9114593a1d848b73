"""Sentences for what can go wrong with versions of the net, and with handing a case next door."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import GridgovError
from gridgov.services.grids import DraftChanged, NotADraft
from gridgov.services.grids_activate import NetChanged, StillHandingOver, TooLateToUndo
from gridgov.services.grids_checks import FindingGone, NetNotSound


def _of_area(values: dict[str, Any]) -> dict[str, str]:
    return {"code": str(values.get("code", "?"))}


def _not_pairs(values: dict[str, Any]) -> str:
    return str(
        _(
            "Point %(n)s cannot be read. Write one point a line, longitude first: 112.8812,22.8961",
            n=values.get("n", "?"),
        )
    )


def _too_many_points(values: dict[str, Any]) -> str:
    return str(_("These are more than %(limit)s points.", limit=values.get("limit", "?")))


def _person(values: dict[str, Any]) -> dict[str, str]:
    return {"name": str(values.get("name") or "—")}


def _nobody(values: dict[str, Any]) -> str:
    return _("Nobody here is called %(name)s. Write the user name.", **_person(values))


def _several(values: dict[str, Any]) -> str:
    return _("Several people are called %(name)s. Write the user name.", **_person(values))


def _administrator(values: dict[str, Any]) -> str:
    return _("%(name)s administers the system and cannot work on cases.", **_person(values))


BY_REASON: dict[tuple[str, str], Any] = {
    ("line", "not_a_line"): _l("Draw a line of at least two points that does not cross itself."),
    ("line", "not_pairs"): _not_pairs,
    ("line", "too_many"): _too_many_points,
    ("polygon", "not_pairs"): _not_pairs,
    ("polygon", "too_many"): _too_many_points,
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
    ("keys", "missing"): _l("Choose what is to be mended."),
    **{(field, "nobody"): _nobody for field in ("lead", "deputy")},
    **{(field, "several"): _several for field in ("lead", "deputy")},
    **{(field, "administrator"): _administrator for field in ("lead", "deputy")},
    ("deputy", "is_lead"): _l("The lead cannot be the deputy as well. Name somebody else."),
    ("target", "same"): _l("The case is in this grid already."),
    ("target", "no_neighbour"): _l(
        "This grid does not border on yours. Put the pin where it really is, or return the case."
    ),
    ("target", "nobody"): _l(
        "Nobody has the duty there; it stays with whom it is. Let a dispatcher give it out."
    ),
    ("position", "elsewhere"): lambda values: (
        _("The pin lies in another grid than the one you chose.")
        if values.get("found")
        else _("The pin lies outside the district.")
    ),
}

BY_KIND: dict[type[GridgovError], Any] = {
    NotADraft: _l("This version is no draft any more. Make a new one from the active net."),
    NetNotSound: _l(
        "Some findings must be mended before it can be activated. The checks show each."
    ),
    FindingGone: _l("The draft has changed since. These are its findings now."),
    DraftChanged: _l(
        "The draft was edited since you looked at it. See what happens now, then activate it."
    ),
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
