"""What stands beside the map of the editor: the list, the chosen area, the steps so far."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
from flask import url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.assignment import DutyKind
from gridgov.domain.geometry import area_m2
from gridgov.domain.routing import Net
from gridgov.services import grids_look
from gridgov.services.grids_edit import Halves
from gridgov.services.reference import Reference
from gridgov.storage import people
from gridgov.storage.areas import GridVersion
from gridgov.storage.grid_changes import GridEdit
from gridgov.web import words
from gridgov.web.grids import clock
from gridgov.web.i18n import pick
from gridgov.web.places import name_of

ROWS = 12
# Less of a code than this is in too many of them: 06 is meant as a grid's number in its name.
PART_OF_CODE = 3
UNITS = (AreaKind.GRID, AreaKind.PROFESSIONAL)
ABOVE = (AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.DISTRICT)
KIND_WORDS: Mapping[AreaKind, Any] = {
    AreaKind.DISTRICT: _l("District"),
    AreaKind.TOWN: _l("Town"),
    AreaKind.VILLAGE: _l("Village"),
    AreaKind.GRID: _l("Unit grid"),
    AreaKind.PROFESSIONAL: _l("Professional grid"),
}


def listing(net: Net, number: int, asked: str, offset: int, chosen: str) -> dict[str, Any]:
    """Return a page of the grids, or of every area whose code or name has all the words."""
    terms = asked.casefold().split()
    found = [area for area in net.areas() if _fits(area, terms)]
    offset = min(offset, max(0, (len(found) - 1) // ROWS * ROWS))
    shown = found[offset : offset + ROWS]

    def page(start: int) -> str:
        return url_for("grids.editor", number=number, q=asked or None, offset=start)

    return {
        "q": asked,
        "rows": [_row(area, number, asked, offset, chosen) for area in shown],
        "words": _(
            "%(first)s–%(last)s of %(total)s",
            first=offset + 1,
            last=offset + len(shown),
            total=format_decimal(len(found)),
        ),
        "total": len(found),
        "before_url": page(offset - ROWS) if offset else None,
        "next_url": page(offset + ROWS) if offset + ROWS < len(found) else None,
    }


def _fits(area: AreaShape, terms: Sequence[str]) -> bool:
    if not terms:
        return area.kind in UNITS
    code, names = area.code.casefold(), f"{area.name} {area.name_en}".casefold()
    return all(term in names or (len(term) >= PART_OF_CODE and term in code) for term in terms)


def _row(area: AreaShape, number: int, asked: str, offset: int, chosen: str) -> dict[str, Any]:
    return {
        "code": area.code,
        "name": name_of(area),
        "kind": "" if area.kind is AreaKind.GRID else str(KIND_WORDS[area.kind]),
        "current": area.code == chosen,
        "url": url_for(
            "grids.editor", number=number, grid=area.code, q=asked or None, offset=offset or None
        ),
    }


def chosen_area(
    session: Session,
    version: GridVersion,
    net: Net,
    area: AreaShape,
    reference: Reference,
    now: datetime,
) -> dict[str, Any]:
    """Return what the panel says about one area, and what can be merged with it."""
    duties = grids_look.people_of(session, version, area.code, now)
    beside = grids_look.beside(net, area) if area.kind is AreaKind.GRID else ()
    return {
        "code": area.code,
        "name": name_of(area),
        "names": (area.name, area.name_en),
        "kind": str(KIND_WORDS[area.kind]),
        "is_grid": area.kind is AreaKind.GRID,
        "is_professional": area.kind is AreaKind.PROFESSIONAL,
        "path": " › ".join(name_of(step) for step in net.path(area.code)[:-1]),
        "size": "" if area.geometry is None else size_words(area_m2(area.geometry)),
        "people": words.joined(*map(_duty_words, duties)) if duties else "",
        "takes": pick("、", ", ").join(_category(code, reference) for code in area.categories),
        "beside": [
            {"code": other.code, "name": name_of(other), "touches": touches}
            for other, touches in beside
        ],
    }


def _duty_words(duty: tuple[str, DutyKind]) -> str:
    name, kind = duty
    if kind is DutyKind.LEAD:
        return _("%(name)s (lead)", name=name)
    return _("%(name)s (deputy)", name=name)


def _category(code: str, reference: Reference) -> str:
    found = reference.catalogue.get(code)
    return code if found is None else pick(found.name, found.name_en)


def size_words(m2: float) -> str:
    """Return an area as people say it: square metres, from a square kilometre on those."""
    if m2 >= 1e6:
        return _("%(km2)s km²", km2=format_decimal(round(m2 / 1e6, 2)))
    return _("%(m2)s m²", m2=format_decimal(round(m2)))


def halves_shown(
    session: Session, found: Halves, values: Mapping[str, str], reference: Reference, now: datetime
) -> dict[str, Any]:
    """Return the two parts of a grid to be looked at; `values` are names typed already."""
    grounds = [row["geometry"] for row in found.rows]
    load = grids_look.load_of(session, reference.district_code, grounds, reference.local_day(now))
    heir = values.get("heir") if values.get("heir") in ("0", "1") else str(found.larger)
    return {
        "since": _("90 days to %(day)s", day=load.until.isoformat()),
        "parts": [
            {
                "n": n,
                "code": row["code"],
                "names": (
                    values.get(f"name_{n}", row["name"]),
                    values.get(f"name_en_{n}", row["name_en"]),
                ),
                "size": size_words(area_m2(row["geometry"])),
                "cases": ngettext("%(num)d case", "%(num)d cases", count),
                "keeps": str(n) == heir,
            }
            for n, (row, count) in enumerate(zip(found.rows, load.counts, strict=True))
        ],
    }


def halves_drawn(found: Halves) -> list[dict[str, Any]]:
    """Return the two parts for the map: code, names, a point inside, GeoJSON."""
    drawn = []
    for row in found.rows:
        inside = row["geometry"].representative_point()
        drawn.append(
            {
                "code": row["code"],
                "name": row["name"],
                "name_en": row["name_en"],
                "at": [inside.x, inside.y],
                "geometry": shapely.geometry.mapping(row["geometry"]),
            }
        )
    return drawn


def parents(net: Net, area: AreaShape | None) -> list[dict[str, str]]:
    """Return what a new professional grid can belong to: around the chosen area, and the towns."""
    near: list[AreaShape] = []
    if area is not None:
        near = [step for step in reversed(net.path(area.code)) if step.kind in ABOVE]
        near += [one for step in near for one in net.children(step.code) if one.kind in ABOVE]
    every = [*near, *net.areas(AreaKind.DISTRICT), *net.areas(AreaKind.TOWN)]
    return [
        {
            "code": one.code,
            "name": _("%(name)s (%(kind)s)", name=name_of(one), kind=KIND_WORDS[one.kind]),
        }
        for one in dict.fromkeys(every)
    ]


def catalogue(reference: Reference, ticked: Iterable[str]) -> list[dict[str, Any]]:
    """Return the classes a professional grid can take, below their major classes."""
    on = set(ticked)
    groups: dict[str, list[dict[str, Any]]] = {code: [] for code in reference.majors}
    for item in reference.catalogue.values():
        groups.setdefault(item.parent_code or "", []).append(
            {"code": item.code, "name": pick(item.name, item.name_en), "on": item.code in on}
        )
    return [
        {
            "name": pick(reference.majors[code].name, reference.majors[code].name_en),
            "items": items,
            "open": any(item["on"] for item in items),
        }
        for code, items in groups.items()
        if items and code in reference.majors
    ]


def edits(
    session: Session, steps: Sequence[GridEdit], number: int, reference: Reference
) -> list[dict[str, Any]]:
    """Return the steps of a version, newest first, with who and when."""
    who = {step.by_person_id for step in steps if step.by_person_id is not None}
    names = people.names(session, who)
    last = max((step.seq for step in steps if step.undone_at is None), default=0)
    return [
        {
            "seq": step.seq,
            "words": step_words(step),
            "by": "" if step.by_person_id is None else names.get(step.by_person_id, ""),
            "at": clock(step.at, reference),
            "undone": clock(step.undone_at, reference),
            "last": step.seq == last,
            "url": url_for("grids.editor", number=number, step=step.seq),
        }
        for step in reversed(steps)
    ]


def step_words(step: GridEdit) -> str:
    """Return what a step did, in one sentence."""
    before, after = _named(step.before), _named(step.after)
    first = next(iter(before), "") or next(iter(after), "")
    if step.kind == "split" and len(after) > 1:
        return _(
            "%(old)s split into %(one)s and %(other)s", old=first, one=after[0], other=after[1]
        )
    if step.kind == "merge":
        listed = pick("、", ", ").join(before)
        return _("%(grids)s merged into %(kept)s", grids=listed, kept=after[0])
    if step.kind == "rename":
        return _("%(old)s renamed to %(new)s", old=first, new=after[0])
    if step.kind == "add_professional":
        return _("%(name)s drawn", name=first)
    if step.kind == "remove":
        return _("%(name)s removed", name=first)
    return _("Border of %(name)s changed", name=first)


def _named(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [pick(row["name"], row["name_en"]) for row in rows]


def touched(step: GridEdit) -> list[dict[str, Any]]:
    """Return the areas a step is about: as it made them, or as they are again once undone."""
    now, other = (step.after, step.before) if step.undone_at is None else (step.before, step.after)
    known = {row["code"] for row in other}
    # Of a split also the neighbours got a corner; it is not about them.
    return [row for row in now if row["code"] not in known] or list(now)[:1] or list(other)[:1]
