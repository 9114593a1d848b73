"""The editor's page: a version on the map, the areas beside it, what can be done to a draft.

The panel beside the map is made here, also after an act and for the map's script, which
puts it in place without loading the page again. So whatever the map shows (the chosen
grid, the parts of a split, a line that was refused) stands in the panel as data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaShape
from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Net
from gridgov.services import grids as versions
from gridgov.services import grids_edit
from gridgov.services import reference as references
from gridgov.services.grids_edit import Halves
from gridgov.services.reference import Reference
from gridgov.storage import grid_changes
from gridgov.storage.areas import DRAFT, GridVersion
from gridgov.storage.grid_changes import GridEdit
from gridgov.storage.session import read_only
from gridgov.web import errors as web_errors
from gridgov.web import grids_panel as panel
from gridgov.web import sentences, shell
from gridgov.web.access import current_actor, requires
from gridgov.web.grids import AREA, CHANGE, LOOK, context, described, grids, steps, version_of
from gridgov.web.instance import utc_now

HERE = "grids.editor"
LONGEST_SEARCH = 80
# What a form asks for by these names stands beside its field; anything else above the panel.
FIELDS = frozenset({"line", "names", "codes", "keep", "polygon", "categories", "parent"})


@dataclass(frozen=True, slots=True)
class Tried:
    """An act that was refused, or a split to be looked at: its form comes back as it was."""

    act: str = ""
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    error: GridgovError | None = None
    halves: Halves | None = None


@grids.get("/<int:number>")
@requires(*LOOK, area=AREA)
def editor(number: int) -> str:
    """Show a version on the map; a draft can be edited."""
    return render_template("admin/grids-editor.html", **page(number, Tried()))


def answer(number: int, tried: Tried) -> BaseResponse:
    """Return the page again with what was tried: nothing typed or drawn is lost."""
    status = 200 if tried.error is None else web_errors.status_of(tried.error)
    html = render_template("admin/grids-editor.html", **page(number, tried))
    return BaseResponse(html, status=status, mimetype="text/html")


def page(number: int, tried: Tried) -> dict[str, Any]:
    """Return what the editor shows of a version. Raises: NotFound."""
    actor = current_actor()
    with read_only() as session:
        version = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        net = versions.net_of(session, version)
        head = context(actor, reference, HERE)
        shown = _panel(session, version, net, reference, actor, tried)
    outline = (net.find(net.district_code) or reference.net.area(net.district_code)).geometry
    return {
        **head,
        **shown,
        "version": described(version, reference),
        "steps": steps(version, HERE),
        "outline": [] if outline is None else list(outline.bounds),
        "areas_url": url_for("grids.areas_geojson", number=number),
    }


def _panel(
    session: Session,
    version: GridVersion,
    net: Net,
    reference: Reference,
    actor: Actor,
    tried: Tried,
) -> dict[str, Any]:
    now = utc_now()
    done = grids_edit.steps(session, version)
    step = next((one for one in done if one.seq == request.args.get("step", type=int)), None)
    about = [] if step is None else panel.touched(step)
    code = request.values.get("grid") or next((row["code"] for row in about), "")
    area = net.find(code)
    editable = actor.has(*CHANGE) and version.status == DRAFT
    asked = request.values.get("q", "").strip()[:LONGEST_SEARCH]
    return {
        "number": version.number,
        "editable": editable,
        "listing": panel.listing(net, version.number, asked, shell.page_offset(), code),
        "area": area and panel.chosen_area(session, version, net, area, reference, now),
        "edits": panel.edits(session, done, version.number, reference),
        "act": tried.act,
        "values": tried.values,
        **_told(tried, step, request.args.get("grid", "") if area is None else ""),
        "halves": tried.halves
        and panel.halves_shown(session, tried.halves, tried.values, reference, now),
        "parents": panel.parents(net, area) if editable else [],
        "catalogue": panel.catalogue(reference, tried.values.getlist("categories")),
        "state": _state(version, area, about, tried),
    }


def _told(tried: Tried, step: GridEdit | None, missing: str) -> dict[str, Any]:
    """Return what an act came to: a notice above the panel, or sentences at its fields.

    `missing` is a code that was asked for and is not in the version, else empty.
    """
    errors: dict[str, str] = {}
    notice: dict[str, Any] | None = None
    error = tried.error
    if isinstance(error, InvalidInput) and error.field in FIELDS:
        errors = {error.field: sentences.of(error)}
    elif error is not None:
        notice = {"kind": "refused", "title": sentences.of(error)}
    elif missing:
        notice = {
            "kind": "refused",
            "title": sentences.of(InvalidInput("code", "unknown", code=missing)),
        }
    elif step is not None and step.undone_at is not None:
        notice = {"kind": "done", "title": _("Taken back: %(step)s", step=panel.step_words(step))}
    elif step is not None:
        notice = {"kind": "done", "title": panel.step_words(step), "seq": step.seq}
    return {"errors": errors, "notice": notice}


def _state(
    version: GridVersion, area: AreaShape | None, about: Sequence[Mapping[str, Any]], tried: Tried
) -> dict[str, Any]:
    """Return what the map shows beside the net: what is chosen or changed, what was drawn."""
    changed = [grid_changes.kept(row)["geometry"] for row in about]
    if not changed and area is not None:
        changed = [area.geometry]
    return {
        "revision": str(version.revision or ""),
        "chosen": "" if area is None else area.code,
        "changed": [row["code"] for row in about],
        "fit": shapely.total_bounds(changed).tolist() if changed else None,
        "line": tried.values.get("line", "") if tried.act == "split" else "",
        "polygon": tried.values.get("polygon", "") if tried.act == "professional" else "",
        "halves": [] if tried.halves is None else panel.halves_drawn(tried.halves),
    }
