"""What the address of the desk says: which cases, in which order, which one beside them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from gridgov.domain.areas import AreaKind
from gridgov.domain.catalogue import Level
from gridgov.domain.deadlines import Lamp
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import CaseState
from gridgov.services.desk_queue import MOST, PAGE, DeskTab, Filters, Order
from gridgov.services.reference import Reference
from gridgov.web import words
from gridgov.web.i18n import pick
from gridgov.web.places import name_of

Options = list[dict[str, str]]
PLAIN = ("state", "area", "category", "channel", "lamp", "level", "unit", "supervision")
# What a district may have had cases from, the usual ones first.
CHANNELS = (
    *("snap", "patrol", "worker", "12345", "walk_in", "phone", "web", "app", "open311", "api"),
    *("program", "import", "staff", "social", "other"),
)
MAX_WORDS = 80


def read() -> Filters:
    """Return what the address asks for; what it says wrongly does not narrow."""
    args = request.args
    asked, order = args.get("tab", ""), args.get("order", "")
    tab = DeskTab(asked) if asked in set(DeskTab) else DeskTab.TO_DISPATCH
    plain = {name: _line(args.get(name, ""))[:40] for name in PLAIN}
    if plain["lamp"] not in set(Lamp):
        plain["lamp"] = ""
    return Filters(
        tab=tab,
        order=Order(order) if order in set(Order) else usual_order(tab),
        words=_line(args.get("q", ""))[:MAX_WORDS],
        caller=_bytes(args.get("caller", "")),
        mine=args.get("mine") == "1",
        first=_day(args.get("from", "")),
        last=_day(args.get("to", "")),
        **plain,
    )


def usual_order(tab: DeskTab) -> Order:
    """Return the order of a tab where nobody asked for one.

    Among all cases most are closed and have no time left: there the newest stand on top.
    """
    return Order.NEWEST if tab is DeskTab.ALL else Order.LEFT


def values(wanted: Filters) -> dict[str, str]:
    """Return the fields of an address that says the same, without what does not narrow."""
    said = {name: str(getattr(wanted, name)) for name in PLAIN}
    said |= {
        "tab": str(wanted.tab),
        "order": "" if wanted.order is usual_order(wanted.tab) else str(wanted.order),
        "q": wanted.words,
        "caller": "" if wanted.caller is None else wanted.caller.hex(),
        "mine": "1" if wanted.mine else "",
        "from": "" if wanted.first is None else wanted.first.isoformat(),
        "to": "" if wanted.last is None else wanted.last.isoformat(),
    }
    return {name: value for name, value in said.items() if value}


def address(wanted: Filters, **more: Any) -> str:
    """Return the desk's address for some filters; `more` replaces or adds, empty takes away."""
    said = {**values(wanted), **{name: str(value) for name, value in more.items()}}
    kept: dict[str, Any] = {name: value for name, value in said.items() if value}
    return url_for("desk.show", **kept)


def rows_asked() -> int:
    """Return how many rows the list is to have."""
    return min(max(request.args.get("rows", PAGE, type=int), 1), MOST)


def chosen() -> UUID | None:
    """Return the case that stands beside the list."""
    return _uuid(request.args.get("case", ""))


def behind() -> tuple[datetime, UUID] | None:
    """Return the row after which the next ones are asked for."""
    moment, _sep, case_id = request.args.get("after", "").partition("~")
    found = _uuid(case_id)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return None if found is None or at.tzinfo is None else (at, found)


def cursor(place: tuple[datetime, UUID]) -> str:
    """Return a row as the address names it."""
    return f"{place[0].isoformat()}~{place[1]}"


def _line(text: str) -> str:
    return " ".join("".join(filter(str.isprintable, text)).split())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _bytes(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) or None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# What can be chosen ----------------------------------------------------------------------


def fields(actor: Actor, wanted: Filters, reference: Reference) -> list[dict[str, Any]]:
    """Return the filters as lists to choose from: [{name, label, value, options, groups}]."""
    states = [(str(one), str(words.STATE_WORDS[one])) for one in CaseState]
    lamps = [(str(one), str(words.LAMP_WORDS[one])) for one in Lamp]
    watched = [(one, str(said)) for one, said in words.SUPERVISION_WORDS.items()]
    channels = [(one, str(words.CHANNEL_WORDS[one])) for one in CHANNELS]
    levels = [(str(one), str(words.LEVEL_WORDS[str(one)])) for one in Level]
    units = [(one.code, pick(one.name, one.name_en)) for one in reference.units.values()]
    found: tuple[tuple[str, str, list[tuple[str, str]]], ...] = (
        ("area", _("Area"), _areas(actor, reference)),
        ("channel", _("Source"), channels),
        ("category", _("Class"), []),
        ("lamp", _("Limit"), lamps),
        ("state", _("State"), states),
        ("unit", _("Unit"), units),
        ("level", _("Level"), levels),
        ("supervision", _("Supervision"), watched),
    )
    return [
        {
            "name": name,
            "label": label,
            "value": getattr(wanted, name),
            "options": [{"value": value, "words": said} for value, said in options],
            "groups": classes(reference) if name == "category" else [],
        }
        for name, label, options in found
    ]


def _areas(actor: Actor, reference: Reference) -> list[tuple[str, str]]:
    """Return the areas below those the person dispatches for: towns, villages, and their grids."""
    found: list[tuple[str, str]] = []
    for code in sorted(actor.areas(Role.DISPATCHER)):
        area = reference.net.find(code)
        if area is None:
            continue
        found.append((area.code, name_of(area)))
        for child in reference.net.children(code):
            found.append((child.code, f"　{name_of(child)}"))
            if area.kind is AreaKind.TOWN:
                below = reference.net.children(child.code)
                found += [(one.code, f"　　{name_of(one)}") for one in below]
    return found


def classes(reference: Reference) -> list[tuple[str, Options]]:
    """Return the classes under their major class, each major class itself on top."""
    return [
        (
            pick(major.name, major.name_en),
            [
                {"value": item.code, "words": pick(item.name, item.name_en)}
                for item in reference.catalogue.values()
                if major.code in (item.code, item.parent_code)
            ],
        )
        for major in reference.majors.values()
    ]


def chips(
    wanted: Filters, filters: list[dict[str, Any]], reference: Reference
) -> list[dict[str, str]]:
    """Return what narrows the list now: [{words, url}], the address without it."""
    found = []
    for one in filters:
        if not one["value"]:
            continue
        options = [*one["options"], *(item for _w, items in one["groups"] for item in items)]
        said = next((o["words"] for o in options if o["value"] == one["value"]), one["value"])
        found.append((f"{one['label']}: {said.strip()}", {one["name"]: ""}))
    if wanted.words:
        found.append((_("Words: %(words)s", words=wanted.words), {"q": ""}))
    if wanted.caller is not None:
        found.append((_("One caller’s number"), {"caller": ""}))
    if wanted.mine:
        found.append((_("I took part"), {"mine": ""}))
    if wanted.first is not None:
        found.append((_("from %(day)s", day=wanted.first.isoformat()), {"from": ""}))
    if wanted.last is not None:
        found.append((_("until %(day)s", day=wanted.last.isoformat()), {"to": ""}))
    return [{"words": said, "url": address(wanted, **less)} for said, less in found]
