"""What the checks of a net found, in words: the fault, its place, and what mends it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.areas import AreaShape
from gridgov.domain.coverage import Finding, FindingKind, Repair, RepairAction
from gridgov.domain.routing import Net
from gridgov.web.i18n import pick

NAMED_AT_MOST = 3

INVALID_WORDS: Mapping[str, Any] = {
    "self_intersection": _l("It crosses itself."),
    "ring_self_intersection": _l("It touches itself."),
    "collection": _l("There are lines or points beside its polygons."),
}
NO_POLYGON_WORDS: Mapping[str, Any] = {
    "none": _l("Only its name is known."),
    "empty": _l("Its outline is empty."),
    "line": _l("It is drawn as a line."),
    "point": _l("It is drawn as a point."),
    "out_of_range": _l("Its corners do not lie on the earth."),
}
SLIVER_WORDS: Mapping[str, Any] = {
    "gap": _l("Between them lies a narrow gap"),
    "overlap": _l("They lie over each other in a narrow strip"),
    "both": _l("There are narrow gaps and narrow strips held twice"),
}


def square_metres(measure: float | None) -> str:
    """Return an area in square metres as people read it."""
    if measure is None:
        return "—"
    return f"{measure:,.0f} m²" if measure >= 10 else f"{measure:.1f} m²"


def metres(measure: float | None) -> str:
    """Return a width in metres as people read it."""
    if measure is None:
        return "—"
    return f"{measure:,.0f} m" if measure >= 10 else f"{measure:.1f} m"


def name_of(area: AreaShape | None, code: str | None) -> str:
    """Return what an area is called in the language of the request, its code without a name."""
    if area is None:
        return code or "—"
    return pick(area.name, area.name_en) or area.code


def names(net: Net, codes: Iterable[str]) -> str:
    """Return the names of some areas in one line, of many the first and how many more."""
    told = list(dict.fromkeys(codes))
    found = [name_of(net.find(code), code) for code in told[:NAMED_AT_MOST]]
    if not found:
        return "—"
    more = len(told) - len(found)
    listed = found[0]
    for name in found[1:]:
        listed = _("%(names)s, %(name)s", names=listed, name=name)
    return _("%(names)s and %(count)s more", names=listed, count=more) if more else listed


def title(finding: Finding, net: Net) -> str:
    """Return what is wrong, in a few words."""
    return TITLES[finding.kind](finding, net)


def detail(finding: Finding, net: Net) -> str:
    """Return what that means, in a sentence."""
    return DETAILS[finding.kind](finding, net)


def repair(proposed: Repair, net: Net) -> str:
    """Return what a repair would do, in a sentence."""
    return REPAIRS[proposed.action](proposed, net)


def place(finding: Finding, net: Net) -> str:
    """Return where a fault lies: the area on whose ground, and the position."""
    parts = []
    if finding.parent_code is not None:
        parts.append(name_of(net.find(finding.parent_code), finding.parent_code))
    if finding.place is not None:
        parts.append(f"{finding.place.lon:.6f}, {finding.place.lat:.6f}")
    return " · ".join(parts)


def line(finding: Finding, net: Net, known: Collection[str] = ()) -> str:
    """Return all of a finding in one line: does it block, where, what, and what mends it."""
    parts = [
        str(finding.severity),
        str(finding.kind),
        "+".join(finding.codes[:NAMED_AT_MOST]),
        place(finding, net) or "—",
        f"{title(finding, net)}. {detail(finding, net)}",
    ]
    if finding.repair is not None:
        parts.append(_("Proposed: %(words)s", words=repair(finding.repair, net)))
    if finding.key in known:
        parts.append(_("The active net has it as well."))
    return " | ".join(parts)


def _area(finding: Finding, net: Net) -> str:
    return name_of(net.find(finding.codes[0]), finding.codes[0])


def _parent(finding: Finding, net: Net) -> str:
    return name_of(net.find(finding.parent_code), finding.parent_code)


def _gap(finding: Finding, net: Net) -> str:
    around = [code for code in finding.codes if code != finding.parent_code]
    if not around:
        return _("Nobody has this ground. A report from there has no grid.")
    return _(
        "Nobody has the ground beside %(areas)s. A report from there has no grid.",
        areas=names(net, around),
    )


def _sliver(finding: Finding, net: Net) -> str:
    said = SLIVER_WORDS.get(finding.detail, SLIVER_WORDS["both"])
    return _(
        "%(areas)s: %(what)s, %(width)s wide on average.",
        areas=names(net, finding.codes),
        what=str(said),
        width=metres(finding.width_m),
    )


def _outside_title(finding: Finding, net: Net) -> str:
    given = {"area": _area(finding, net), "parent": _parent(finding, net)}
    if finding.detail == "wrong_parent":
        return _("%(area)s does not lie in %(parent)s", **given)
    return _("%(area)s reaches out of %(parent)s", **given)


def _outside(finding: Finding, net: Net) -> str:
    size = square_metres(finding.measure)
    if finding.detail == "wrong_parent":
        return _("%(size)s of it, the greater part, lie in another area.", size=size)
    return _(
        "%(size)s lie beyond the border, %(width)s wide on average.",
        size=size,
        width=metres(finding.width_m),
    )


def _orphan(finding: Finding, net: Net) -> str:
    if finding.detail == "unknown":
        return _("Its parent %(code)s is not in this version.", code=finding.parent_code or "—")
    if finding.detail == "kind":
        return _("%(parent)s cannot stand above it.", parent=_parent(finding, net))
    return _("It says no parent.")


def _exclave(finding: Finding, net: Net) -> str:
    size = square_metres(finding.measure)
    if len(finding.codes) > 1:
        host = name_of(net.find(finding.codes[1]), finding.codes[1])
        return _("A piece of %(size)s lies in %(host)s. It may be meant so.", size=size, host=host)
    return _("A piece of %(size)s lies apart. It may be meant so.", size=size)


def _code_title(finding: Finding, net: Net) -> str:
    if finding.detail == "missing":
        return _("An area has no code")
    return _("Code %(code)s is unlike the others", code=finding.codes[0])


def _code(finding: Finding, net: Net) -> str:
    if finding.detail == "missing":
        return _("Without a code no case can be kept for it.")
    return _("The others are the village's code and three digits.")


def _size_title(finding: Finding, net: Net) -> str:
    if finding.detail == "large":
        return _("%(area)s is very large", area=_area(finding, net))
    return _("%(area)s is very small", area=_area(finding, net))


def _size(finding: Finding, net: Net) -> str:
    ratio = finding.measure or 0.0
    if ratio >= 1.0:
        return _("%(times)s times the usual size of its town.", times=f"{ratio:.1f}")
    return _("%(percent)s %% of the usual size of its town.", percent=f"{100 * ratio:.0f}")


Sayer = Callable[[Finding, Net], str]

TITLES: Mapping[FindingKind, Sayer] = {
    FindingKind.NO_POLYGON: lambda f, net: _("%(area)s has no outline", area=_area(f, net)),
    FindingKind.INVALID: lambda f, net: _(
        "The outline of %(area)s is not valid", area=_area(f, net)
    ),
    FindingKind.DUPLICATE_CODE: lambda f, net: _("Code %(code)s stands twice", code=f.codes[0]),
    FindingKind.ORPHAN: lambda f, net: _("%(area)s hangs below nothing", area=_area(f, net)),
    FindingKind.GAP: lambda f, net: _("A gap of %(size)s", size=square_metres(f.measure)),
    FindingKind.OVERLAP: lambda f, net: _("%(size)s held twice", size=square_metres(f.measure)),
    FindingKind.SLIVER: lambda f, net: _(
        "Borders do not meet, %(size)s", size=square_metres(f.measure)
    ),
    FindingKind.UNEXAMINED: lambda f, net: _(
        "The borders in %(count)s areas do not meet at all", count=f"{f.measure or 0:,.0f}"
    ),
    FindingKind.OUTSIDE: _outside_title,
    FindingKind.EXCLAVE: lambda f, net: _("%(area)s is of several pieces", area=_area(f, net)),
    FindingKind.CODE_SHAPE: _code_title,
    FindingKind.NO_LEAD: lambda f, net: _("%(area)s has no lead", area=_area(f, net)),
    FindingKind.NO_DEPUTY: lambda f, net: _("%(area)s has no deputy", area=_area(f, net)),
    FindingKind.SIZE: _size_title,
}


def _duty(finding: Finding, net: Net) -> str:
    return _("Every grid needs one lead and at least one deputy.")


DETAILS: Mapping[FindingKind, Sayer] = {
    FindingKind.NO_POLYGON: lambda f, net: str(
        NO_POLYGON_WORDS.get(f.detail, NO_POLYGON_WORDS["none"])
    ),
    FindingKind.INVALID: lambda f, net: str(
        INVALID_WORDS.get(f.detail, _("It is no outline that borders one ground."))
    ),
    FindingKind.DUPLICATE_CODE: lambda f, net: _(
        "%(count)s areas have it. Each needs a code of its own.", count=f.detail or "2"
    ),
    FindingKind.ORPHAN: _orphan,
    FindingKind.GAP: _gap,
    FindingKind.OVERLAP: lambda f, net: _(
        "%(areas)s lie over each other there.", areas=names(net, f.codes)
    ),
    FindingKind.SLIVER: _sliver,
    FindingKind.UNEXAMINED: lambda f, net: _(
        "So much of it is wrong in %(areas)s that the rest was not looked at. "
        "Draw or import it anew.",
        areas=names(net, f.codes),
    ),
    FindingKind.OUTSIDE: _outside,
    FindingKind.EXCLAVE: _exclave,
    FindingKind.CODE_SHAPE: _code,
    FindingKind.NO_LEAD: _duty,
    FindingKind.NO_DEPUTY: _duty,
    FindingKind.SIZE: _size,
}


def _winners(proposed: Repair, net: Net) -> str:
    return names(net, [move.winner for move in proposed.moves if move.winner is not None])


def _losers(proposed: Repair, net: Net) -> str:
    return names(net, [code for move in proposed.moves for code in move.losers])


def _clip(proposed: Repair, net: Net) -> str:
    if any(move.winner is not None for move in proposed.moves):
        return _("Cut off what reaches out; it goes to %(areas)s.", areas=_winners(proposed, net))
    return _("Cut off what reaches out.")


REPAIRS: Mapping[RepairAction, Callable[[Repair, Net], str]] = {
    RepairAction.MAKE_VALID: lambda r, net: _("Put the outline right; its ground stays."),
    RepairAction.KEEP_POLYGONS: lambda r, net: _("Keep the polygons, drop the rest."),
    RepairAction.ADOPT: lambda r, net: _(
        "Put it below %(parent)s, where it lies.",
        parent=name_of(net.find(r.parent_code), r.parent_code),
    ),
    RepairAction.FILL: lambda r, net: _("Give the gap to %(areas)s.", areas=_winners(r, net)),
    RepairAction.DIVIDE: lambda r, net: _(
        "Leave it to %(areas)s, take it from %(others)s.",
        areas=_winners(r, net),
        others=_losers(r, net),
    ),
    RepairAction.SNAP: lambda r, net: _(
        "Make one line of the two; the strip goes to %(areas)s.", areas=_winners(r, net)
    ),
    RepairAction.CLIP: _clip,
    RepairAction.MERGE: lambda r, net: _("Give the piece to %(areas)s.", areas=_winners(r, net)),
}
