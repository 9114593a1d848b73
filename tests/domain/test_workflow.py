"""The workflow: the table of the product against a table written out here by hand."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.errors import InvalidInput, InvalidTransition, NotAllowed
from gridgov.domain.workflow import (
    INVALID_STATES,
    OPEN_STATES,
    PAUSED_STATES,
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
    as_document,
    decide,
)

# A assignee, H assistant, V verifier, C checker, F finder, D dispatcher, U ruler, P approver,
# W reviewer, L leader, X leader of the level that watches, R reporter, S the system itself.
RELATIONS = {
    "A": Relation.ASSIGNEE,
    "H": Relation.ASSISTANT,
    "V": Relation.VERIFIER,
    "C": Relation.CHECKER,
    "F": Relation.FINDER,
    "D": Relation.DISPATCHER,
    "U": Relation.RULER,
    "P": Relation.APPROVER,
    "W": Relation.REVIEWER,
    "L": Relation.LEADER,
    "X": Relation.WATCHER,
    "R": Relation.REPORTER,
    "S": Relation.SYSTEM,
}
# Letters of states: s submitted, n need_info, v verifying, r registered, d dispatched,
# h handling, p suspended, o resolved, c closed, x rejected, m merged.
STATES = dict(
    zip(
        "snvrdhpocxm",
        (
            CaseState.SUBMITTED,
            CaseState.NEED_INFO,
            CaseState.VERIFYING,
            CaseState.REGISTERED,
            CaseState.DISPATCHED,
            CaseState.HANDLING,
            CaseState.SUSPENDED,
            CaseState.RESOLVED,
            CaseState.CLOSED,
            CaseState.REJECTED,
            CaseState.MERGED,
        ),
        strict=True,
    )
)
# states · action → who may, the next state ("=" leaves it, "<" goes back to one of the
# states after it), what must come with it, clock
TABLE = """
s           register         D     registered   -                     keep
srh         ask_info         DA    need_info    text                  pause
n           answer           R     <srh         -                     continue
n           go_on            SD    <srh         -                     continue
s           ask_verify       D     verifying    target                keep
v           confirm          V     registered   -                     keep
v           refute           V     submitted    reason,text           keep
svr         reject           D     rejected     reason,text           stop
xc          appeal           R     =            text                  keep
x           grant_appeal     W     registered   text                  restart
c           grant_appeal     W     handling     text                  restart
xc          deny_appeal      W     =            text                  keep
snvrdhp     transfer         D     transferred  target,receipt,text   stop
svrdh       merge            D     merged       case                  pause
m           unmerge          D     <svrdh       text                  continue
snvrdhpo    take_in          D     =            case                  keep
snvrdhpocxm let_go           D     =            case                  keep
snvrdhp     split            D     =            text                  keep
snvrd       withdraw         R     void         -                     stop
svrdh       dispatch         DS    dispatched   target                start_sign
r           rule             U     dispatched   target,text           start_sign
d           sign             A     handling     -                     keep
dh          return           A     registered   reason,text           keep
dh          pass_up          A     dispatched   text,target           start_sign
d           climb            S     =            target                start_sign
sr          hand_neighbour   D     dispatched   reason,target         start_sign
dh          hand_neighbour   AD    dispatched   reason,target         start_sign
dh          name_person      A     =            target                keep
dh          relieve          S    dispatched   reason,target         start_sign
snvrdhpoc   stand_in         S    =            reason,target         keep
snvrdhpo    change_grid      S     =            reason                keep
dh          hand_over        S     dispatched   reason,target         start_sign
d           take_back        S     handling     reason,target         keep
h           call_in          AD    =            target,text           keep
rdh         finish_task      H     =            task,text             keep
rdh         waive_task       AD    =            task,text             keep
dh          ask_extension    A     =            text,until            keep
dh          grant_extension  P     =            -                     extend
dh          refuse_extension P     =            text                  keep
h           ask_suspension   A     =            reason,text,until     keep
h           grant_suspension P     suspended    -                     pause
h           refuse_suspension P    =            text                  keep
p           resume           SAD   handling     -                     continue
rdhp        ask_void         AD    =            reason,text           keep
rdhp        grant_void       P     void         -                     stop
rdhp        refuse_void      P     =            text                  keep
h           resolve          A     resolved     text,photo            keep
sdh         self_resolve     F     closed       text,photos           stop
o           check_pass       C     closed       -                     stop
o           send_back        C     handling     text                  resume
c           rate             R     =            solved                keep
c           reopen           R     handling     -                     restart
c           spot_check       C     =            -                     keep
c           spot_fail        C     handling     text                  restart
snvrdhpocm  add              R     =            -                     keep
snvrdhpo    join             R     =            -                     keep
snvrdhpom   leave            R     =            -                     keep
snvrdhpo    note             AHVCDL =           text                  keep
snvrdhpoc   reply            AD    =            text                  keep
snvr        correct_spot     RD    =            position              keep
snvrdhpo    urge             RDL   =            -                     keep
snvrdhpo    instruct         L     =            text                  keep
snvrdhpo    supervise        LDS   =            level,reason          keep
snvrdhpo    end_supervision  X     =            text                  keep
snvrdhpo    mark_overdue     S     =            -                     keep
snvrdhpo    recompute        S     =            until                 keep
s           record_closed    S     closed       -                     stop
s           record_rejected  S     rejected     -                     stop
s           record_transferred S   transferred  -                     stop
"""
Line = tuple[frozenset[Relation], CaseState | None, frozenset[Need], Clock, frozenset[CaseState]]


def _read(table: str) -> dict[tuple[CaseState, Action], Line]:
    lines: dict[tuple[CaseState, Action], Line] = {}
    for line in table.strip().splitlines():
        states, action, who, to, needs, clock = line.split()
        for letter in states:
            key = STATES[letter], Action(action)
            assert key not in lines, key
            lines[key] = (
                frozenset(RELATIONS[letter] for letter in who),
                None if to[0] in "=<" else CaseState(to),
                frozenset(Need(need) for need in needs.split(",") if need != "-"),
                Clock(clock),
                frozenset(STATES[back] for back in to[1:]) if to[0] == "<" else frozenset(),
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
    Need.BOTH_PHOTOS: ("photo",),
    Need.UNTIL: "2026-12-01",
    Need.TASK: "task",
    Need.POSITION: (112.8, 22.9),
    Need.CASE: "case",
    Need.LEVEL: "yellow",
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
            assert step == Step(to=line[1], who=line[0], needs=line[2], clock=line[3], back=line[4])


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
            ends = step.ends(at) if at is state else ()
            new += [end for end in ends if end not in found]
            found.update(ends)
    return found


def test_every_state_is_reached_from_the_first() -> None:
    assert reachable(CaseState.SUBMITTED) == set(CaseState)
    assert len(CaseState) <= 14


@pytest.mark.parametrize("state", CaseState)
def test_every_state_is_left_or_is_an_end(state: CaseState) -> None:
    leaves = {end for (at, _), step in STEPS.items() if at is state for end in step.ends(at)} - {
        state
    }
    assert bool(leaves) == (state not in TERMINAL_STATES)
    if state in OPEN_STATES:
        # No open case is trapped: it can be closed by its people or refused by the desk.
        assert CaseState.CLOSED in reachable(state)
        assert reachable(state) >= TERMINAL_STATES


def test_nothing_happens_to_a_case_at_an_end() -> None:
    assert {state for state, _ in STEPS} == set(CaseState) - TERMINAL_STATES
    assert {
        CaseState.REJECTED,
        CaseState.TRANSFERRED,
        CaseState.VOID,
        CaseState.MERGED,
    } == INVALID_STATES
    assert set(CaseState) - OPEN_STATES == INVALID_STATES | {CaseState.CLOSED}
    assert {CaseState.TRANSFERRED, CaseState.VOID} == TERMINAL_STATES


def test_a_pause_ends_where_the_clocks_go_on() -> None:
    pausing = {step.to for step in STEPS.values() if step.clock is Clock.PAUSE}
    assert pausing == {*PAUSED_STATES, CaseState.MERGED}
    for state in pausing:
        goes_on = {
            step.clock for (at, _), step in STEPS.items() if at is state and step.ends(at) != (at,)
        }
        assert goes_on <= {Clock.CONTINUE, Clock.STOP}


def test_the_document_says_every_transition_once() -> None:
    document = as_document()
    assert set(document["terminal"]) == {"transferred", "void"}
    assert document["states"] == [str(state) for state in CaseState]
    lines = [(one["from"], one["action"], one["to"]) for one in document["transitions"]]
    assert len(lines) == len(set(lines))
    assert {one["from"] for one in document["transitions"]}.isdisjoint(document["terminal"])
    for (state, action), line in EXPECTED.items():
        ends = {str(end) for end in line[4]} or {str(line[1] or state)}
        assert {to for at, does, to in lines if (at, does) == (state, action)} == ends
    answered = next(one for one in document["transitions"] if one["action"] == "refute")
    assert answered["who"] == ["verifier"]
    assert answered["needs"] == ["reason", "text"]
    assert answered["reasons"] == ["not_so", "not_found"]


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
        ("need_info", "submitted"),
        ("verifying", "accepted"),
        ("registered", "accepted"),
        ("suspended", "handling"),
        ("merged", "handling"),
        ("void", "rejected"),
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
