"""The lists about the net as Excel books: versions and areas, borders that confuse people."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from gridgov.domain.areas import AreaShape
from gridgov.services import grids as versions
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.areas import ACTIVE, DRAFT
from gridgov.storage.session import read_only
from gridgov.web import grids_borders, grids_versions
from gridgov.web.access import current_actor, requires
from gridgov.web.grids import AREA, LOOK, grids
from gridgov.web.grids_borders import WATCH
from gridgov.web.grids_panel import KIND_WORDS
from gridgov.web.list_export import NARROW, WIDE, Column, Sheet, send
from gridgov.web.places import name_of

Shown = dict[str, Any]


def _state(one: Shown) -> str:
    if one["is_discarded"]:
        return pgettext("version", "thrown away")
    if one["undone"]:
        return pgettext("version", "undone")
    words = {ACTIVE: pgettext("version", "in force"), DRAFT: pgettext("version", "draft")}
    return words.get(one["status"], pgettext("version", "past"))


VERSIONS: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("sheet", "Version"), itemgetter("number"), NARROW),
    Column(lazy_pgettext("sheet", "State"), _state),
    Column(_l("What for"), itemgetter("note"), WIDE, masked=True),
    Column(lazy_pgettext("sheet", "Made"), itemgetter("made")),
    Column(lazy_pgettext("sheet", "By"), itemgetter("by")),
    Column(lazy_pgettext("sheet", "In force from"), itemgetter("activated")),
    Column(lazy_pgettext("sheet", "Activated by"), itemgetter("activated_by")),
    Column(lazy_pgettext("sheet", "Ended"), itemgetter("retired")),
)
BORDERS: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("sheet", "One side"), lambda one: one["sides"][0]["name"], WIDE),
    Column(lazy_pgettext("sheet", "Came here"), lambda one: one["sides"][0]["came"], NARROW),
    Column(lazy_pgettext("sheet", "Other side"), lambda one: one["sides"][1]["name"], WIDE),
    Column(lazy_pgettext("sheet", "Came there"), lambda one: one["sides"][1]["came"], NARROW),
    Column(_l("Handed over"), itemgetter("count"), NARROW),
    Column(
        _l("Reasons"),
        lambda one: " / ".join(f"{why['words']} {why['count']}" for why in one["reasons"]),
        WIDE,
    ),
    Column(_l("What to do"), lambda one: " ".join(one["advice"]), 72),
)


def _areas(reference: Reference) -> Sequence[Column[AreaShape]]:
    def parent(area: AreaShape) -> str:
        found = reference.net.find(area.parent_code)
        return "" if found is None else name_of(found)

    return (
        Column(lazy_pgettext("sheet", "Code"), lambda area: area.code),
        Column(lazy_pgettext("column", "Name"), name_of, WIDE),
        Column(lazy_pgettext("sheet", "Kind"), lambda area: str(KIND_WORDS[area.kind])),
        Column(lazy_pgettext("sheet", "Lies in"), parent),
        Column(
            lazy_pgettext("sheet", "Classes it takes"),
            lambda area: " ".join(sorted(area.categories)),
        ),
    )


@grids.get("/export.xlsx")
@requires(*LOOK, area=AREA)
def export_versions() -> Response:
    """Send the versions of the net, and the areas of the one in force, as an Excel book."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        found = versions.versions(session, reference.district_code)
        names = grids_versions.doers(session, found)
        rows = [grids_versions.row_of(one, reference, names) for one in found]
    areas = sorted(reference.net.areas(), key=lambda area: area.code)
    sheets: list[Sheet[Any]] = [
        Sheet(pgettext("sheet", "Versions"), VERSIONS, rows),
        Sheet(pgettext("sheet", "Areas"), _areas(reference), areas),
    ]
    return send("grids", sheets, reference)


@grids.get("/borders.xlsx")
@requires(*LOOK, *WATCH, area=grids_borders.AREA)
def export_borders() -> Response:
    """Send the borders over which cases were handed, of the days asked for, as an Excel book."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        seen = grids_borders.find(session, current_actor())
    rows = [seen.row(number, reference) for number in range(1, len(seen.borders) + 1)]
    return send("borders", [Sheet(_l("Borders that confuse people"), BORDERS, rows)], reference)
