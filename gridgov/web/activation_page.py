"""What the page of an activation says: what it does, what blocks it, how far it got."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext

from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.domain.scope import may_see
from gridgov.services import (
    grids,
    grids_activate,
    grids_checks,
    grids_move,
    grids_receipts,
    grids_rehearse,
)
from gridgov.services import reference as references
from gridgov.services.grids_activate import ACTIVATED, UNDONE
from gridgov.services.grids_receipts import Handover, Receipt
from gridgov.services.grids_rehearse import Rehearsal, Script
from gridgov.services.reference import Reference
from gridgov.storage import districts, grid_changes
from gridgov.storage.areas import ACTIVE, DRAFT, GridVersion
from gridgov.storage.session import read_only
from gridgov.web import lineage_words, rehearsal_people, sentences
from gridgov.web.grids import clock, version_of
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.net_names import Names

# The past is not asked for here: a day of it is the least a rehearsal can look back at.
LEAST = timedelta(days=1)
MOST_RECEIPTS = 300
OUTCOMES: Mapping[str, Any] = {
    grids_move.HANDED_OVER: _l("handed over"),
    grids_move.CHANGED: _l("another grid's duty"),
    grids_move.GIVEN_BACK: _l("given back"),
    grids_move.ENDED: _l("closed meanwhile, nothing to do"),
    grids_move.MOVED_ON: _l("handed on by somebody meanwhile, left there"),
    "cancelled": _l("not done: undone before its turn"),
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft before its activation, checked and rehearsed outside of any transaction."""

    script: Script
    found: Rehearsal
    blocking: int
    waiting: bool


def prepare(actor: Actor, number: int) -> Prepared:
    """Check a draft and see who gets what; what takes long is kept for the activation.

    Raises: NotFound, NotADraft, InvalidInput (areas).
    """
    now = utc_now()
    with read_only() as session:
        draft = version_of(session, actor, number)
        checks = grids_checks.gather(session, draft, now=now)
        script = grids_rehearse.gather(session, draft, since=now - LEAST, now=now)
        waiting = grid_changes.is_waiting(session, draft.district_code)
    found = grids_rehearse.perform(script)
    checked = grids_checks.perform(checks)
    return Prepared(script, found, len(checked.verdict.blocking), waiting)


def context(actor: Actor, number: int) -> dict[str, Any]:
    """Return what the page says about a version, whatever became of it."""
    with read_only() as session:
        version = version_of(session, actor, number)
    if version.status == DRAFT:
        return {"part": "draft", **_draft(actor, number)}
    return {"part": _part(version), **_done(actor, number)}


def _part(version: GridVersion) -> str:
    if version.status == ACTIVE:
        return "active"
    if version.undone_at is not None:
        return "undone"
    return "retired" if version.activated_at is not None else "discarded"


def _draft(actor: Actor, number: int) -> dict[str, Any]:
    try:
        ready = prepare(actor, number)
    except InvalidInput as error:
        shown = {"words": sentences.of(error), "url": url_for("grids.checks", number=number)}
        return {"blocks": [{**shown, "link": _("See the checks")}], "ready": None, "revision": ""}
    found, script = ready.found, ready.script
    names = Names(script.reference.net, script.net)
    said, more = lineage_words.sentences(found.links, names)
    going = sum(hand.changes_hands for hand in found.hands)
    return {
        "blocks": _blocks(ready, number),
        "revision": str(script.draft.revision),
        "lineage": said,
        "lineage_more": more,
        "ready": {
            "going": going,
            "staying": len(found.hands) - going,
            "hidden": found.hidden_hands,
            "open": len(script.open_cases),
            "base": found.base,
            "today": script.reference.local_day(utc_now()).isoformat(),
            "beginning": _beginning(found, names),
            "vacant": len(found.outcome.vacant),
        },
    }


def _beginning(found: Rehearsal, names: Names) -> list[str]:
    """Return whose duty begins with the activation, by grid: "泰华社区 09 网格: 陈海怡、黄志文"."""
    said = []
    for code in sorted(found.roster_after):
        before = {one.person_id for one in found.roster_before.get(code, ())}
        new = [one for one in found.roster_after[code] if one.person_id not in before]
        people = pick("、", ", ").join(found.names.get(one.person_id, "?") for one in new)
        if new:
            said.append(pick("：", ": ").join((names.full(code), people)))
    return said[: lineage_words.MOST]


def _blocks(ready: Prepared, number: int) -> list[dict[str, str]]:
    """Return what holds a draft up, each with the way on."""
    found: list[dict[str, str]] = []
    if ready.script.draft.base_number != ready.script.reference.net.version:
        words = _(
            "It was made from version %(old)s, and version %(new)s is in force since.",
            old=ready.script.draft.base_number,
            new=ready.script.reference.net.version,
        )
        found.append(
            {"words": words, "url": url_for("grids.versions"), "link": _("Make a new draft")}
        )
    if ready.waiting:
        words = _("Cases of the last change are still being handed over; that takes seconds.")
        here = url_for("grids.activation", number=number)
        found.append({"words": words, "url": here, "link": pgettext("activation", "Look again")})
    if ready.blocking:
        words = ngettext(
            "The checks found %(num)d thing that must be put right first.",
            "The checks found %(num)d things that must be put right first.",
            ready.blocking,
        )
        checks = url_for("grids.checks", number=number)
        found.append({"words": words, "url": checks, "link": _("See the checks")})
    return found


def _done(actor: Actor, number: int) -> dict[str, Any]:
    now = utc_now()
    with read_only() as session:
        version = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        district = districts.get(session, actor.district_code)
        cause = UNDONE if version.undone_at is not None else ACTIVATED
        handover = grids_receipts.of_change(session, version, cause=cause, limit=MOST_RECEIPTS)
        links = grid_changes.lineage(session, version.id)
        names = _names_of(session, version, reference)
        may_undo = grids_activate.may_undo(district, version, reference.local_day(now))
    said, more = lineage_words.sentences(links, names)
    return {
        "lineage": said,
        "lineage_more": more,
        "base": version.base_number,
        "handover": _handover(handover, actor, reference, names),
        "may_undo": may_undo,
        "effective_on": version.effective_on.isoformat() if version.effective_on else None,
        "undone": clock(version.undone_at, reference),
    }


def _names_of(session: Any, version: GridVersion, reference: Reference) -> Names:
    """Return the names of a version and of the one it came after."""
    if version.activated_at is None:  # thrown away: its areas are gone
        return Names(reference.net, reference.net)
    net = grids.net_of(session, version)
    if version.base_number is None:
        return Names(net, net)
    base = grids.version(session, version.district_code, version.base_number)
    return Names(grids.net_of(session, base), net)


def _handover(
    found: Handover, actor: Actor, reference: Reference, names: Names
) -> dict[str, Any] | None:
    if not found.total:
        return None
    return {
        "total": found.total,
        "waiting": found.waiting,
        "done": found.total - found.waiting,
        "confidential": found.confidential,
        "receipts": [_receipt(one, actor, reference, names, found.names) for one in found.receipts],
        "more": max(0, found.total - found.waiting - found.confidential - len(found.receipts)),
    }


def _receipt(
    one: Receipt, actor: Actor, reference: Reference, names: Names, people: Mapping[Any, str]
) -> dict[str, Any]:
    seen = may_see(actor, one.case.scope())
    return {
        "number": one.case.number,
        "url": url_for("work.case", case_id=one.case.id) if seen else None,
        "at": _time(one.at, reference),
        "from_grid": names.full(one.from_code),
        "to_grid": names.full(one.to_code),
        "from_whom": rehearsal_people.whom(*one.from_whom, reference, people) or "—",
        "to_whom": rehearsal_people.whom(*one.to_whom, reference, people) or "—",
        "stays": one.from_whom == one.to_whom,
        "outcome": str(OUTCOMES.get(one.outcome, _("could not be done: stays where it is"))),
    }


def _time(moment: datetime, reference: Reference) -> str:
    return f"{moment.astimezone(reference.zone):%H:%M:%S}"
