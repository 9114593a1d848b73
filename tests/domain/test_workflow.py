"""The workflow: the table of the product against a table written out here by hand."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.errors import InvalidInput, InvalidTransition, NotAllowed
from gridgov.domain.workflow import (
    INVALID_STATES,
    OPEN_STATES,
    PUBLIC_STATE,
    REASONS,
    STEPS,
    TERMINAL_STATES,
    Action,
    CaseState,
    Clock,
    Need,
    PublicState,
    Relation,
    Step,
    allowed,
    decide,
)

# A assignee, C checker, D dispatcher, R reporter, S the system itself.
RELATIONS = {
    "A": Relation.ASSIGNEE,
    "C": Relation.CHECKER,
    "D": Relation.DISPATCHER,
    "R": Relation.REPORTER,
    "S": Relation.SYSTEM,
}
# state · action → who may, the next state ("=" leaves it), what must come with it, clock
TABLE = """
submitted  dispatch      DS  dispatched   target                start_sign
submitted  reject        D   rejected     reason,text           stop
submitted  transfer      D   transferred  target,receipt,text   stop
submitted  add           R   =            -                     keep
submitted  join          R   =            -                     keep
submitted  mark_overdue  S   =            -                     keep
submitted  hand_neighbour D  dispatched   reason,target         start_sign
submitted  change_grid   S   =            reason                keep
submitted  record_closed S   closed       -                     stop
submitted  record_rejected S rejected     -                     stop
submitted  record_transferred S transferred -                   stop
dispatched dispatch      DS  dispatched   target                start_sign
dispatched sign          A   handling     -                     keep
dispatched return        A   submitted    reason,text           keep
dispatched pass_up       A   dispatched   text,target           start_sign
dispatched transfer      D   transferred  target,receipt,text   stop
dispatched add           R   =            -                     keep
dispatched join          R   =            -                     keep
dispatched mark_overdue  S   =            -                     keep
dispatched hand_neighbour AD dispatched   reason,target         start_sign
dispatched change_grid   S   =            reason                keep
dispatched hand_over     S   dispatched   reason,target         start_sign
dispatched take_back     S   handling     reason,target         keep
handling   resolve       A   resolved     text,photo            keep
handling   return        A   submitted    reason,text           keep
handling   pass_up       A   dispatched   text,target           start_sign
handling   dispatch      DS  dispatched   target                start_sign
handling   transfer      D   transferred  target,receipt,text   stop
handling   add           R   =            -                     keep
handling   join          R   =            -                     keep
handling   mark_overdue  S   =            -                     keep
handling   hand_neighbour AD dispatched   reason,target         start_sign
handling   change_grid   S   =            reason                keep
handling   hand_over     S   dispatched   reason,target         start_sign
resolved   check_pass    C   closed       -                     stop
resolved   send_back     C   handling     text                  resume
resolved   add           R   =            -                     keep
resolved   join          R   =            -                     keep
resolved   mark_overdue  S   =            -                     keep
resolved   change_grid   S   =            reason                keep
closed     rate          R   =            solved                keep
closed     reopen        R   handling     -                     restart
closed     add           R   =            -                     keep
"""
Line = tuple[frozenset[Relation], CaseState | None, frozenset[Need], Clock]


def _read(table: str) -> dict[tuple[CaseState, Action], Line]:
    lines: dict[tuple[CaseState, Action], Line] = {}
    for line in table.strip().splitlines():
        state, action, who, to, needs, clock = line.split()
        lines[CaseState(state), Action(action)] = (
            frozenset(RELATIONS[letter] for letter in who),
            None if to == "=" else CaseState(to),
            frozenset(Need(need) for need in needs.split(",") if need != "-"),
            Clock(clock),
        )
    return lines


EXPECTED = _read(TABLE)
FULL: dict[Need, object] = {
    Need.TEXT: "已清走",
    Need.REASON: "",
    Need.AFTER_PHOTO: ("photo",),
    Need.TARGET: "unit:CG",
    Need.RECEIPT: "2026-0117",
    Need.SOLVED: True,
}


def everything(action: Action) -> dict[Need, object]:
    """All that could come with an action, with a reason the action knows."""
    return {**FULL, Need.REASON: REASONS.get(action, ("any",))[0]}


@pytest.mark.parametrize(("state", "action"), list(product(CaseState, Action)), ids=str)
def test_each_state_action_and_relation_is_as_the_table_says(
    state: CaseState, action: Action
) -> None:
    line = EXPECTED.get((state, action))
    for relation in Relation:
        who = frozenset({relation})
        if line is None:
            with pytest.raises(InvalidTransition):
                decide(state, action, who, everything(action), photo_required=True)
        elif relation not in line[0]:
            with pytest.raises(NotAllowed):
                decide(state, action, who, everything(action), photo_required=True)
        else:
            step = decide(state, action, who, everything(action), photo_required=True)
            assert step == Step(to=line[1], who=line[0], needs=line[2], clock=line[3])


NEEDED = [(key, need) for key, line in EXPECTED.items() for need in sorted(line[2])]


@pytest.mark.parametrize(("key", "need"), NEEDED, ids=lambda value: str(value))
@pytest.mark.parametrize("empty", [None, "", (), "left out"], ids=repr)
def test_an_action_without_what_it_needs_names_the_field(
    key: tuple[CaseState, Action], need: Need, empty: object
) -> None:
    given_ = everything(key[1]) | {need: empty}
    if empty == "left out":
        del given_[need]
    with pytest.raises(InvalidInput) as caught:
        decide(*key, EXPECTED[key][0], given_, photo_required=True)
    assert (caught.value.field, caught.value.reason) == (need.value, "missing")


def test_only_categories_that_ask_for_a_picture_need_one() -> None:
    without = {Need.TEXT: "已清走"}
    resolve = (CaseState.HANDLING, Action.RESOLVE, frozenset({Relation.ASSIGNEE}), without)
    assert decide(*resolve, photo_required=False).to is CaseState.RESOLVED
    with pytest.raises(InvalidInput) as caught:
        decide(*resolve, photo_required=True)
    assert caught.value.field == "photo"


def test_no_is_an_answer() -> None:
    who = frozenset({Relation.REPORTER})
    answer = {Need.SOLVED: False}
    assert decide(CaseState.CLOSED, Action.RATE, who, answer, photo_required=False).to is None


WITH_REASON = [key for key in EXPECTED if key[1] in REASONS]


@pytest.mark.parametrize("key", WITH_REASON, ids=str)
@pytest.mark.parametrize("reason", ["because", "wrong_duty ", "OUTSIDE"])
def test_a_reason_is_one_of_the_list(key: tuple[CaseState, Action], reason: str) -> None:
    given_ = everything(key[1]) | {Need.REASON: reason}
    with pytest.raises(InvalidInput) as caught:
        decide(*key, EXPECTED[key][0], given_, photo_required=True)
    assert (caught.value.field, caught.value.reason) == ("reason", "unknown")


@given(
    st.sampled_from(CaseState),
    st.sampled_from(Action),
    st.frozensets(st.sampled_from(Relation)),
)
def test_several_relations_allow_what_any_of_them_allows(
    state: CaseState, action: Action, relations: frozenset[Relation]
) -> None:
    line = EXPECTED.get((state, action))
    may = line is not None and bool(line[0] & relations)
    assert (action in allowed(state, relations)) == may
    try:
        decide(state, action, relations, everything(action), photo_required=True)
    except (InvalidTransition, NotAllowed):
        assert not may
    else:
        assert may


def reachable(start: CaseState) -> set[CaseState]:
    """Every state a case can come to from one, the start included."""
    found, new = {start}, [start]
    while new:
        state = new.pop()
        for (at, _), step in STEPS.items():
            if at is state and step.to is not None and step.to not in found:
                found.add(step.to)
                new.append(step.to)
    return found


def test_every_state_is_reached_from_the_first() -> None:
    assert reachable(CaseState.SUBMITTED) == set(CaseState)


@pytest.mark.parametrize("state", CaseState)
def test_every_state_is_left_or_is_an_end(state: CaseState) -> None:
    leaves = {step.to for (at, _), step in STEPS.items() if at is state} - {None, state}
    assert bool(leaves) == (state not in TERMINAL_STATES)
    if state in OPEN_STATES:
        # No open case is trapped: it can be closed by its people or refused by the desk.
        assert CaseState.CLOSED in reachable(state)
        assert reachable(state) >= TERMINAL_STATES


def test_nothing_happens_to_a_case_at_an_end() -> None:
    assert {state for state, _ in STEPS} == set(CaseState) - TERMINAL_STATES
    assert {CaseState.REJECTED, CaseState.TRANSFERRED} == INVALID_STATES
    assert set(CaseState) - OPEN_STATES == INVALID_STATES | {CaseState.CLOSED}


def test_who_handles_never_passes_the_check_by_that_relation() -> None:
    for action in (Action.CHECK_PASS, Action.SEND_BACK):
        for (_, does), step in STEPS.items():
            if does is action:
                assert step.who == {Relation.CHECKER}


def test_only_submit_stands_outside_the_table() -> None:
    # A case is opened by intake; every other action has a place in the table.
    assert {action for _, action in STEPS} == set(Action) - {Action.SUBMIT}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("submitted", "submitted"),
        ("dispatched", "accepted"),
        ("handling", "handling"),
        ("resolved", "checking"),
        ("closed", "closed"),
        ("rejected", "rejected"),
        ("transferred", "rejected"),
    ],
)
def test_a_resident_reads_one_of_six_words(state: str, word: str) -> None:
    assert PUBLIC_STATE[CaseState(state)] == PublicState(word)
    assert len(PublicState) == 6
