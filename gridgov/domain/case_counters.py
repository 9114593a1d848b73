"""In which counters one case stands: of the day it was received, and of the days it is due."""

from collections.abc import Iterator

from gridgov.domain.fact_view import FactView
from gridgov.domain.workflow import PAUSED_STATES, CaseState

_SATISFIED = frozenset({"very_satisfied", "satisfied"})
ONCE_OR_MORE = ("returned", "reworked", "extended", "suspended", "reopened")
_LEVELS = {"grid", "village", "town", "district"}
_STANDS = frozenset(str(state) for state in PAUSED_STATES)  # no limit runs: its lamp is grey


def flags(view: FactView) -> frozenset[str]:
    """Return the counters of the day received in which the case stands as one."""
    names = set(_intake(view))
    if view.valid:
        names |= {"received", *_work(view), *_quality(view)}
    else:
        names |= {"invalid", str(view.end)}
    return frozenset(names)


def _late(name: str, on_time: bool) -> tuple[str, str]:
    return name, f"{name}_on_time" if on_time else f"{name}_late"


def _intake(view: FactView) -> Iterator[str]:
    """Name what counts whether or not the case is valid: reports, not duplicates of one."""
    passed = view.passed
    if passed.get("recorded") or view.end is CaseState.MERGED:
        return
    yield "to_accept"
    for stage in ("accepted", "registered"):
        if stage in passed:
            yield from _late(stage, passed[stage])
    if "registered" in passed and view.end in (None, CaseState.TRANSFERRED):
        yield "registered_right"


def _work(view: FactView) -> Iterator[str]:
    passed = view.passed
    yield from _standing(view)
    for stage in ("dispatched", "handled"):
        if stage in passed:
            yield from _late(stage, passed[stage])
    if "dispatched" in passed and "moved" not in passed:
        yield "dispatched_right"
    for name in ONCE_OR_MORE:
        if passed.get(name):
            yield name
    yield from _response(view)


def _standing(view: FactView) -> Iterator[str]:
    if view.closed:
        yield from _late("closed", view.on_time)
        return
    yield "open"
    if view.overdue and view.state not in _STANDS:
        yield "overdue"
        if "dispatched" in view.passed and "handled" not in view.passed:
            yield "waiting_late"


def _response(view: FactView) -> Iterator[str]:
    if not view.passed.get("recorded"):
        yield "to_respond"
    if "responded" in view.passed:
        yield "responded"
        if view.passed["response"]:
            yield "responded_on_time"


def _quality(view: FactView) -> Iterator[str]:
    passed = view.passed
    if view.repeats:
        yield "repeated"
    if view.closed and not passed.get("recorded"):
        yield "closed_here"
        if not passed.get("reworked"):
            yield "one_go"
        if passed.get("self_handled"):
            yield "self_handled"
        if passed.get("solved") is not None:
            yield "answered"
        if view.level in _LEVELS:
            yield f"closed_{view.level}"
    yield from _asked("asked_solved", "solved", passed.get("solved"))
    answer = passed.get("satisfaction")
    yield from _asked("asked_satisfied", "satisfied", answer in _SATISFIED if answer else None)
    spot = passed.get("spot")
    yield from _asked("spot_checked", "spot_passed", spot == "passed" if spot else None)


def _asked(asked: str, yes: str, answer: bool | None) -> Iterator[str]:
    """Name what an answer counts for; None is no answer."""
    if answer is None:
        return
    yield asked
    if answer:
        yield yes


def due_flags(view: FactView) -> tuple[frozenset[str], frozenset[str]]:
    """Return the counters of the day due, and those of the day first due."""
    if not view.valid:
        return frozenset(), frozenset()
    if not view.closed:
        return frozenset({"due"}), frozenset({"first_due"})
    name = "closed_on_time" if view.on_time else "closed_late"
    first = {"first_due", "first_closed"}
    if view.first_on_time or (view.on_time and view.first_due_on is None):
        first.add("first_closed_on_time")
    return frozenset({"due", "closed", name}), frozenset(first)
