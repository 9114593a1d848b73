"""Acts of the editor: plain forms, each answered by the editor with a notice.

Points come as text, one "longitude,latitude" of WGS-84 on a line: drawn on the map by
its script, or typed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import shapely
from flask import redirect, request, url_for
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import Conflict, GridgovError, InvalidInput, NotFound
from gridgov.domain.routing import Net
from gridgov.services import grids as versions
from gridgov.services import grids_edit
from gridgov.services.grids_edit import Names
from gridgov.storage.areas import DRAFT, GridVersion
from gridgov.storage.grid_changes import GridEdit
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.access import current_actor, requires
from gridgov.web.grids import AREA, CHANGE, grids, version_of
from gridgov.web.grids_editor import HERE, Tried, answer
from gridgov.web.instance import utc_now

PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?)\s*[,，\s]\s*([+-]?\d{1,3}(?:\.\d{1,20})?)")
MOST_POINTS = 2_000
# So much of a drawn area lies in a village or town that it is taken for its own.
MOSTLY = 0.9

Pair = tuple[float, float]
Act = Callable[[Session, GridVersion], GridEdit]


@grids.post("/<int:number>/split")
@requires(*CHANGE, area=AREA)
def split_grid(number: int) -> BaseResponse:
    """Show what a line makes of a grid; confirmed, split it."""
    form = request.form
    if "confirm" not in form:
        return _look(number)
    heir = {"0": 0, "1": 1}.get(form.get("heir", ""))

    def act(session: Session, draft: GridVersion) -> GridEdit:
        line = pairs(form.get("line", ""), "line")
        names = _both_names(form)
        return grids_edit.split(
            session,
            draft,
            form.get("grid", ""),
            line,
            by=current_actor(),
            now=utc_now(),
            names=names,
            heir=heir,
        )

    return _do(number, "split", act)


def _look(number: int) -> BaseResponse:
    """Show the two parts a line would make, with names and figures; nothing is written."""
    actor = current_actor()
    halves = None
    try:
        line = pairs(request.form.get("line", ""), "line")
        with read_only() as session:
            version = version_of(session, actor, number)
            if version.status != DRAFT:
                raise versions.NotADraft(f"grid version {number} is {version.status}")
            halves = grids_edit.halves(session, version, request.form.get("grid", ""), line)
    except NotFound:
        raise
    except GridgovError as error:
        return answer(number, Tried("split", request.form, error))
    return answer(number, Tried("split", request.form, None, halves))


def _both_names(form: Mapping[str, str]) -> Names:
    names = [(form.get(f"name_{n}", ""), form.get(f"name_en_{n}", "")) for n in (0, 1)]
    first, second = ((name, english.strip() or name) for name, english in names)
    return first, second


@grids.post("/<int:number>/merge")
@requires(*CHANGE, area=AREA)
def merge_grids(number: int) -> BaseResponse:
    """Merge the ticked grids into the one that is kept."""
    form = request.form

    def act(session: Session, draft: GridVersion) -> GridEdit:
        codes = {form.get("grid", ""), *form.getlist("codes")}
        keep = form.get("keep", "")
        return grids_edit.merge(session, draft, codes, keep, by=current_actor(), now=utc_now())

    return _do(number, "merge", act)


@grids.post("/<int:number>/professional")
@requires(*CHANGE, area=AREA)
def draw_professional(number: int) -> BaseResponse:
    """Put a professional grid on the ground that was drawn."""
    form = request.form

    def act(session: Session, draft: GridVersion) -> GridEdit:
        ground = polygon(form.get("polygon", ""))
        parent = form.get("parent") or parent_of(versions.net_of(session, draft), ground)
        return grids_edit.add_professional(
            session,
            draft,
            ground,
            form.get("name", ""),
            form.getlist("categories"),
            parent,
            by=current_actor(),
            now=utc_now(),
            name_en=form.get("name_en", ""),
        )

    return _do(number, "professional", act)


@grids.post("/<int:number>/rename")
@requires(*CHANGE, area=AREA)
def rename_area(number: int) -> BaseResponse:
    """Give an area other names."""
    form = request.form

    def act(session: Session, draft: GridVersion) -> GridEdit:
        name = form.get("name", "")
        english = form.get("name_en", "").strip() or name
        return grids_edit.rename(
            session, draft, form.get("grid", ""), name, english, by=current_actor(), now=utc_now()
        )

    return _do(number, "rename", act)


@grids.post("/<int:number>/remove")
@requires(*CHANGE, area=AREA)
def remove_area(number: int) -> BaseResponse:
    """Take a professional grid away."""

    def act(session: Session, draft: GridVersion) -> GridEdit:
        code = request.form.get("grid", "")
        return grids_edit.remove(session, draft, code, by=current_actor(), now=utc_now())

    return _do(number, "remove", act)


@grids.post("/<int:number>/undo-step")
@requires(*CHANGE, area=AREA)
def undo_step(number: int) -> BaseResponse:
    """Take the last step back: the one the person saw as the last."""

    def act(session: Session, draft: GridVersion) -> GridEdit:
        step = grids_edit.undo_edit(session, draft, by=current_actor(), now=utc_now())
        if str(step.seq) != request.form.get("seq"):
            raise Conflict("another step came meanwhile")
        return step

    return _do(number, "undo", act)


def _do(number: int, name: str, act: Act) -> BaseResponse:
    """Do one act in one transaction; refused, the page comes back with what was typed."""
    try:
        with unit_of_work() as session:
            step = act(session, version_of(session, current_actor(), number))
            seq = step.seq
    except NotFound:
        raise
    except GridgovError as error:
        return answer(number, Tried(name, request.form, error))
    q = request.form.get("q") or None
    return redirect(url_for(HERE, number=number, step=seq, q=q), code=303)


def pairs(text: str, field: str) -> list[Pair]:
    """Read points, one a line. Raises: InvalidInput (not_pairs, too_many)."""
    lines = [line.strip() for line in re.split(r"[\n;；]", text) if line.strip()]
    if len(lines) > MOST_POINTS:
        raise InvalidInput(field, "too_many", limit=MOST_POINTS)
    found = [PAIR.fullmatch(line) for line in lines]
    read = [(float(one[1]), float(one[2])) for one in found if one is not None]
    for n, one in enumerate(found, 1):
        if one is None or not _on_earth(float(one[1]), float(one[2])):
            raise InvalidInput(field, "not_pairs", n=n)
    return read


def _on_earth(lon: float, lat: float) -> bool:
    return abs(lon) <= 180.0 and abs(lat) <= 90.0


def polygon(text: str) -> BaseGeometry:
    """Read a ring of points. Raises: InvalidInput (field polygon)."""
    ring = pairs(text, "polygon")
    if len(set(ring)) < 3:
        raise InvalidInput("polygon", "not_a_polygon")
    return shapely.Polygon(ring)


def parent_of(net: Net, ground: BaseGeometry) -> str:
    """Return the smallest area above unit grids that holds (nearly) all of some ground."""
    for kind in (AreaKind.VILLAGE, AreaKind.TOWN) if ground.is_valid else ():
        layer = net.layer(kind)
        for place in layer.seen_in(ground):
            share: Any = shapely.intersection(layer.polygons[place], ground).area
            if share >= MOSTLY * ground.area:
                return layer.codes[place]
    return net.district_code
