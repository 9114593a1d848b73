"""The tables of a rehearsal: grids before and after, with the change in words, and their sum."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from gridgov.domain.assignment import DutyKind
from gridgov.domain.handover import DutyPlace
from gridgov.domain.rehearsal import AreaLoad, Outcome
from gridgov.domain.replay import Replay
from gridgov.services.grids_rehearse import Rehearsal, Script
from gridgov.services.grids_roster import Roster
from gridgov.web.i18n import pick
from gridgov.web.net_names import Names, short_code
from gridgov.web.rehearsal_run import Run

# A bar as wide as its column for the largest change; the others in proportion.
BAR_WIDTH = 100.0
NAMED_FLOWS = 3


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid before and after: `before` and `after` are cases of the whole time.

    `people_…` are (lead, deputies) in names; `open_…` the open cases that are not
    confidential; `words` say what becomes of the grid.
    """

    code: str
    short: str
    name: str
    is_new: bool
    is_gone: bool
    people: tuple[str | None, str]
    people_before: tuple[str | None, str]
    before: int
    after: int
    open_before: int
    open_after: int
    words: str

    @property
    def delta(self) -> int:
        """Return the change in cases of the whole time."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class GridTable:
    """All grids of either net: those that change, the others, and who is in none.

    `elsewhere` holds the cases in a tray or outside, before and after: with them both sums
    are all cases of the time. Open ones are counted the same way, without confidential ones.
    """

    changed: tuple[GridRow, ...]
    same: tuple[GridRow, ...]
    elsewhere: tuple[int, int]
    total: tuple[int, int]
    open_elsewhere: tuple[int, int]
    open_total: tuple[int, int]


def grid_table(run: Run) -> GridTable:
    """Return the grids with their cases, people and open cases before and after."""
    found, script = run.found, run.script
    names = Names(script.reference.net, script.net)
    flows, counted = _flows(found.outcome), _open_counts(script, found)
    touched = touched_codes(found)
    rows = [
        (load.code in touched, _row(load, script, found, names, flows, counted))
        for load in found.outcome.grids
    ]
    every = [row for _changes, row in rows]
    elsewhere = _elsewhere(found.replay, {row.code for row in every})
    return GridTable(
        changed=tuple(row for changes, row in rows if changes),
        same=tuple(row for changes, row in rows if not changes),
        elsewhere=elsewhere,
        total=(
            sum(row.before for row in every) + elsewhere[0],
            sum(row.after for row in every) + elsewhere[1],
        ),
        open_elsewhere=(
            counted[0].total() - sum(row.open_before for row in every),
            counted[1].total() - sum(row.open_after for row in every),
        ),
        open_total=(counted[0].total(), counted[1].total()),
    )


def touched_codes(found: Rehearsal) -> set[str]:
    """Return the codes that change: in their ground, their cases, or who has the duty."""
    codes = {code for link in found.links for code in (link.from_code, link.to_code) if code}
    codes |= {load.code for load in found.outcome.grids if load.moved_in or load.moved_out}
    before, after = found.roster_before, found.roster_after
    both = {*before, *after}
    return codes | {
        code for code in both if list(before.get(code, ())) != list(after.get(code, ()))
    }


Flows = Mapping[str, Sequence[tuple[str | None, int]]]


def _flows(outcome: Outcome) -> tuple[Flows, Flows]:
    """Return where the cases of a code go to, and where they come from, the most first."""
    out: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
    into: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
    for flow in sorted(outcome.flows, key=lambda flow: (-flow.count, flow.to_code or "")):
        if flow.from_code is not None:
            out[flow.from_code].append((flow.to_code, flow.count))
        if flow.to_code is not None:
            into[flow.to_code].append((flow.from_code, flow.count))
    return out, into


def _open_counts(script: Script, found: Rehearsal) -> tuple[Counter[str], Counter[str]]:
    """Count the open cases by the grid that has the duty now, and by that of the draft."""
    before = Counter(_home(case.duty) for case in script.open_cases if not case.confidential)
    after = before.copy()
    for hand in found.hands:
        after[hand.from_grid or ""] -= 1
        after[hand.to_grid or ""] += 1
    return before, after


def _home(duty: DutyPlace) -> str:
    return duty.anchor or ""


def _row(
    load: AreaLoad,
    script: Script,
    found: Rehearsal,
    names: Names,
    flows: tuple[Flows, Flows],
    counted: tuple[Counter[str], Counter[str]],
) -> GridRow:
    code, area = load.code, names.area(load.code)
    is_new = script.reference.net.find(code) is None
    is_gone = script.net.find(code) is None
    return GridRow(
        code=code,
        short=code if area is None else short_code(area),
        name=pick(load.name, load.name_en),
        is_new=is_new,
        is_gone=is_gone,
        people=people_of(found.roster_after, code, found.names),
        people_before=people_of(found.roster_before, code, found.names),
        before=load.cases_before,
        after=load.cases_after,
        open_before=counted[0][code],
        open_after=counted[1][code],
        words=_change_words(code, names, flows, is_new=is_new, is_gone=is_gone),
    )


def people_of(roster: Roster, code: str, names: Mapping[UUID, str]) -> tuple[str | None, str]:
    """Return the lead's name (None where nobody is) and the deputies' names."""
    duties = roster.get(code, ())
    leads = [one for one in duties if one.kind is DutyKind.LEAD]
    others = [one for one in duties if one.kind is not DutyKind.LEAD]
    named = [names.get(one.person_id, "?") for one in others]
    return (names.get(leads[0].person_id, "?") if leads else None), pick("、", ", ").join(named)


def _change_words(
    code: str, names: Names, flows: tuple[Flows, Flows], *, is_new: bool, is_gone: bool
) -> str:
    out, into = flows[0].get(code, ()), flows[1].get(code, ())
    parts = []
    if is_new:
        parts.append(_("new"))
    if is_gone:
        parts.append(_("ends"))
    if out:
        parts.append(_("goes to %(grids)s", grids=_named(out, code, names)))
    if into:
        parts.append(_("comes from %(grids)s", grids=_named(into, code, names)))
    return pick("，", ", ").join(parts) or _("no case moves")


def _named(flows: Sequence[tuple[str | None, int]], home: str, names: Names) -> str:
    """Return "09 (102), 10 (4)", and how many more there are."""
    said = [f"{names.beside(code, home)} ({count:,})" for code, count in flows[:NAMED_FLOWS]]
    more = len(flows) - NAMED_FLOWS
    if more > 0:
        said.append(ngettext("%(num)d more", "%(num)d more", more))
    return pick("、", ", ").join(said)


def _elsewhere(replay: Replay, grid_codes: Iterable[str]) -> tuple[int, int]:
    """Count the cases that lie in no grid, before and after: in a tray, or outside."""
    known = set(grid_codes)
    before, after, _in, _out = replay.counts()
    trays = [place for place, code in enumerate(replay.codes) if code not in known]
    return (
        sum(before[place] for place in trays) + int((replay.was < 0).sum()),
        sum(after[place] for place in trays) + int((replay.will < 0).sum()),
    )


def as_rows(rows: Iterable[GridRow]) -> list[dict[str, Any]]:
    """Return rows for a page, each with the width of its bar."""
    listed = list(rows)
    most = max((abs(row.delta) for row in listed), default=0) or 1
    return [
        {
            "code": row.code,
            "short": row.short,
            "name": row.name,
            "is_new": row.is_new,
            "is_gone": row.is_gone,
            "lead": row.people_before[0] if row.is_gone else row.people[0],
            "deputy": row.people_before[1] if row.is_gone else row.people[1],
            "before": None if row.is_new else row.before,
            "after": None if row.is_gone else row.after,
            "delta": row.delta,
            "bar": round(BAR_WIDTH * abs(row.delta) / most, 1),
            "words": row.words,
            "open_before": None if row.is_new else row.open_before,
            "open_after": None if row.is_gone else row.open_after,
        }
        for row in listed
    ]
