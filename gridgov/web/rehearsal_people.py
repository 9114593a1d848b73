"""What a rehearsal means for people: their load, open cases that change hands, empty duties.

Nobody is ranked: rows stand in the order of the grids' codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from gridgov.domain.rehearsal import Spread
from gridgov.domain.roles import Actor
from gridgov.domain.scope import may_see
from gridgov.domain.workflow import CaseState
from gridgov.services.grids_rehearse import HandChange
from gridgov.services.reference import Reference
from gridgov.web import words
from gridgov.web.i18n import pick
from gridgov.web.net_names import Names, short_code
from gridgov.web.rehearsal_run import Run

# Loads are cases a month: less than this is a rounding, not a change.
SAME_LOAD = 0.05


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """What somebody's grids bring a month, before and after; names of grids in order."""

    name: str
    grids_before: str
    grids_after: str
    before: float
    after: float
    is_changed: bool


@dataclass(frozen=True, slots=True)
class HandRow:
    """An open case whose grid changes, and from whom to whom it goes."""

    number: str
    case_id: UUID
    title: str
    state: str
    from_grid: str
    to_grid: str
    from_whom: str
    to_whom: str
    changes_hands: bool


def workers(run: Run) -> list[WorkerRow]:
    """Return everybody who leads a grid before or after, by their first grid's code."""
    names = Names(run.script.reference.net, run.script.net)
    return [
        WorkerRow(
            name=run.found.names.get(one.person, "?"),
            grids_before=_listed(one.grids_before, names),
            grids_after=_listed(one.grids_after, names),
            before=one.before,
            after=one.after,
            is_changed=one.grids_before != one.grids_after
            or abs(one.after - one.before) >= SAME_LOAD,
        )
        for one in run.found.outcome.workers
    ]


def _listed(codes: tuple[str, ...], names: Names) -> str:
    """Return grids in words: the village once, then the numbers in it."""
    by_village: dict[str, list[str]] = {}
    for code in codes:
        area = names.area(code)
        village = names.full(area.parent_code) if area and area.parent_code else ""
        by_village.setdefault(village, []).append(short_code(area) if area else code)
    listing = pick("、", ", ")
    return pick("；", "; ").join(
        f"{village} {listing.join(numbers)}".strip() for village, numbers in by_village.items()
    )


def spreads(run: Run) -> list[dict[str, Any]]:
    """Return how evenly the loads lie, per grid and per lead, before and after."""
    outcome = run.found.outcome
    return [
        _spread(_("Unit grids"), outcome.grid_spread_before, outcome.grid_spread_after),
        _spread(_("People in the lead"), outcome.worker_spread_before, outcome.worker_spread_after),
    ]


def _spread(name: str, before: Spread, after: Spread) -> dict[str, Any]:
    return {
        "name": name,
        "count": (before.count, after.count),
        "mean": (f"{before.mean:.2f}", f"{after.mean:.2f}"),
        "range": tuple(f"{one.least:.1f}–{one.most:.1f}" for one in (before, after)),
        "variation": tuple(_figure(one.variation) for one in (before, after)),
        "gini": tuple(_figure(one.gini) for one in (before, after)),
    }


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def hands(run: Run) -> list[HandRow]:
    """Return the open cases whose grid would change, those that change hands first."""
    names = Names(run.script.reference.net, run.script.net)
    rows = [_hand(hand, run, names) for hand in run.found.hands]
    return sorted(rows, key=lambda row: (not row.changes_hands, row.number))


def _hand(hand: HandChange, run: Run, names: Names) -> HandRow:
    reference, people = run.script.reference, run.found.names
    category = reference.catalogue.get(hand.category_code)
    return HandRow(
        number=hand.number,
        case_id=hand.case_id,
        title=hand.category_code if category is None else pick(category.name, category.name_en),
        state=str(words.STATE_WORDS[CaseState(hand.state)]),
        from_grid=names.full(hand.from_grid),
        to_grid=names.full(hand.to_grid),
        from_whom=whom(hand.from_person, hand.from_unit, reference, people),
        to_whom=whom(hand.to_person, hand.to_unit, reference, people)
        or _("chosen when it happens"),
        changes_hands=hand.changes_hands,
    )


def whom(
    person: UUID | None, unit: str | None, reference: Reference, names: Mapping[UUID, str]
) -> str:
    """Return the name of a person or of a unit, "" for neither."""
    if person is not None:
        return names.get(person, "?")
    known = reference.units.get(unit or "")
    return pick(known.name, known.name_en) if known else unit or ""


def openable(run: Run, actor: Actor) -> dict[UUID, str]:
    """Return the addresses of the open cases that this person may read: others get none."""
    return {
        case.id: url_for("work.case", case_id=case.id)
        for case in run.script.open_cases
        if may_see(actor, case.scope())
    }


def vacant(run: Run) -> list[dict[str, Any]]:
    """Return the grids of the draft nobody leads; whether it is so today as well."""
    names = Names(run.script.reference.net, run.script.net)
    loads = {load.code: load for load in run.found.outcome.grids}
    return [
        {
            "code": code,
            "name": names.full(code),
            "after": loads[code].cases_after,
            "already": run.script.reference.net.find(code) is not None
            and not loads[code].lead_before,
        }
        for code in run.found.outcome.vacant
    ]
