"""The checks of a draft: what holds it up, the people it lacks, repairs as one step."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
import shapely
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gridgov.domain import repairs
from gridgov.domain.areas import AreaKind
from gridgov.domain.coverage import Finding, FindingKind
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.services import (
    grids,
    grids_activate,
    grids_checks,
    grids_edit,
    grids_rehearse,
    grids_roster,
)
from gridgov.services import reference as references
from gridgov.services.grids_checks import FindingGone, NetNotSound
from gridgov.storage import areas, people
from gridgov.storage.areas import GridVersion
from gridgov.storage.districts import District
from gridgov.storage.people import Duty, Person
from tests.domain.test_coverage_broken import broken
from tests.support.acts import DISTRICT, GRID, NOON, man, person
from tests.support.edited_nets import a_line
from tests.support.nets import sample_areas

BY = Actor.system(DISTRICT)
STAFF = (FindingKind.NO_LEAD, FindingKind.NO_DEPUTY)


def draft_of(session: Session) -> GridVersion:
    return grids.copy_active(session, DISTRICT, by=BY, now=NOON)


def split(session: Session, draft: GridVersion, code: str = GRID) -> tuple[str, str]:
    """Split a grid; return the half that keeps the people and the one that has none."""
    ground = grids.net_of(session, draft).area(code).geometry
    step = grids_edit.split(session, draft, code, a_line(ground, 1.5), by=BY, now=NOON)
    manned = step.carry[code]
    return manned, next(row["code"] for row in step.after[:2] if row["code"] != manned)


def bite(session: Session, draft: GridVersion, metres: float, code: str = GRID) -> None:
    """Leave a hole of some metres across in a grid."""
    ground = grids.net_of(session, draft).area(code).geometry
    hole = ground.representative_point().buffer(metres / 2 / 102_000)
    shape = shapely.difference(ground, hole)
    grids_edit.replace_shape(session, draft, code, shape, by=BY, now=NOON)


def activate(session: Session, draft: GridVersion) -> GridVersion:
    return grids_activate.activate(session, draft, by=BY, now=NOON)


def blocking(session: Session, draft: GridVersion) -> list[Finding]:
    found = grids_checks.check_draft(session, draft, now=NOON)
    return [finding for finding in found if finding.blocks]


def lacking(session: Session, draft: GridVersion) -> set[tuple[FindingKind, str]]:
    return {(f.kind, f.codes[0]) for f in blocking(session, draft) if f.kind in STAFF}


def on_duty(session: Session, code: str) -> list[str]:
    duties = people.on_duty(session, DISTRICT, code, NOON.date())
    return [session.get_one(Person, duty.person_id).username for duty in duties]


def test_a_copy_of_the_samples_net_is_sound(rolled: Session) -> None:
    draft = draft_of(rolled)
    assert blocking(rolled, draft) == []
    assert activate(rolled, draft).status == "active"


def test_a_half_that_nobody_has_holds_the_draft_up_until_it_has_both(rolled: Session) -> None:
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    assert lacking(rolled, draft) == {(kind, vacant) for kind in STAFF}
    with pytest.raises(NetNotSound) as refused:
        activate(rolled, draft)
    assert refused.value.values["count"] == 2
    assert references.of(rolled, DISTRICT).net.version == 1
    lead, deputy = (person(rolled, name).person_id for name in ("w0500", "w0502"))
    grids_roster.plan(rolled, draft, vacant, lead=lead, deputies=[], by=BY, now=NOON)
    assert lacking(rolled, draft) == {(FindingKind.NO_DEPUTY, vacant)}
    grids_roster.plan(rolled, draft, vacant, lead=lead, deputies=[deputy], by=BY, now=NOON)
    assert blocking(rolled, draft) == []
    assert on_duty(rolled, vacant) == []  # nothing is live before
    activate(rolled, draft)
    assert on_duty(rolled, vacant) == ["w0500", "w0502"]
    grids_activate.undo_activation(rolled, draft, by=BY, now=NOON)
    assert on_duty(rolled, vacant) == []
    assert on_duty(rolled, GRID) == ["worker", "deputy"]
    again = grids.copy_version(rolled, draft, by=BY, now=NOON)
    assert blocking(rolled, again) == []  # the plan of what was undone is kept
    activate(rolled, again)
    assert on_duty(rolled, vacant) == ["w0500", "w0502"]


def test_a_rehearsal_knows_who_is_to_begin(rolled: Session) -> None:
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    since = NOON.replace(year=NOON.year - 1)
    assert vacant in grids_rehearse.rehearse(rolled, draft, since=since, now=NOON).outcome.vacant
    man(rolled, draft, vacant)
    found = grids_rehearse.rehearse(rolled, draft, since=since, now=NOON)
    assert vacant not in found.outcome.vacant


def test_the_plan_of_a_half_that_is_cut_again_follows_its_people(rolled: Session) -> None:
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    man(rolled, draft, vacant)
    heir, empty = split(rolled, draft, vacant)
    assert lacking(rolled, draft) == {(kind, empty) for kind in STAFF}
    man(rolled, draft, empty, lead="w0504", deputy="w0506")
    activate(rolled, draft)
    assert on_duty(rolled, heir) == ["w0500", "w0502"]
    assert on_duty(rolled, empty) == ["w0504", "w0506"]


def test_a_grid_that_lacks_somebody_today_does_not_hold_up_another_change(rolled: Session) -> None:
    elsewhere = "440608106201006"
    rolled.execute(delete(Duty).where(Duty.area_code == elsewhere, Duty.kind == "deputy"))
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    man(rolled, draft, vacant)
    checked = grids_checks.examine(rolled, draft, now=NOON)
    (known,) = [f for f in checked.verdict.findings if f.kind in STAFF]
    assert (known.kind, known.codes, known.blocks) == (FindingKind.NO_DEPUTY, (elsewhere,), False)
    assert known.key in checked.verdict.known
    assert activate(rolled, draft).status == "active"


def test_the_halves_of_a_grid_that_nobody_leads_today_may_stay_so(rolled: Session) -> None:
    rolled.execute(delete(Duty).where(Duty.area_code == GRID))
    draft = draft_of(rolled)
    split(rolled, draft)
    assert lacking(rolled, draft) == set()


def test_where_no_grid_has_people_no_grid_needs_any(rolled: Session) -> None:
    draft = draft_of(rolled)
    split(rolled, draft)
    assert lacking(rolled, draft)
    rolled.execute(delete(Duty))
    assert lacking(rolled, draft) == set()


def test_a_new_professional_grid_needs_people_too(rolled: Session) -> None:
    draft = draft_of(rolled)
    ground = grids.net_of(rolled, draft).area(GRID).geometry
    park = ground.representative_point().buffer(0.0003)
    step = grids_edit.add_professional(
        rolled, draft, park, "公园", ["0101"], GRID[:12], by=BY, now=NOON
    )
    code = step.after[0]["code"]
    assert lacking(rolled, draft) == {(kind, code) for kind in STAFF}
    man(rolled, draft, code)
    assert blocking(rolled, draft) == []


def test_somebody_who_leaves_is_missed_at_once(rolled: Session) -> None:
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    man(rolled, draft, vacant)
    assert blocking(rolled, draft) == []
    for name, kind in (("w0502", FindingKind.NO_DEPUTY), ("w0500", FindingKind.NO_LEAD)):
        rolled.execute(update(Person).where(Person.username == name).values(active=False))
        assert (kind, vacant) in lacking(rolled, draft)


def test_the_ground_is_checked_once_and_the_people_each_time(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(rolled)
    bite(rolled, draft, 40)
    first = blocking(rolled, draft)
    monkeypatch.setattr(grids_checks.coverage, "check", None)
    assert [f.key for f in blocking(rolled, draft)] == [f.key for f in first]
    rolled.execute(delete(Duty).where(Duty.area_code == GRID, Duty.kind == "lead"))
    found = grids_checks.check_draft(rolled, draft, now=NOON)
    assert (FindingKind.NO_LEAD, (GRID,)) in {(f.kind, f.codes) for f in found}
    monkeypatch.undo()
    grids_edit.undo_edit(rolled, draft, by=BY, now=NOON)
    assert blocking(rolled, draft) == []


def test_a_repair_is_one_step_that_can_be_taken_back(rolled: Session) -> None:
    draft = draft_of(rolled)
    bite(rolled, draft, 40)
    (gap,) = blocking(rolled, draft)
    assert gap.kind is FindingKind.GAP
    with pytest.raises(NetNotSound):
        activate(rolled, draft)
    broken_net = areas.rows_of(rolled, draft)
    step = grids_checks.repair(rolled, draft, [gap.key], by=BY, now=NOON)
    assert (step.kind, [row["code"] for row in step.after]) == ("repair", [GRID])
    assert blocking(rolled, draft) == []
    grids_edit.undo_edit(rolled, draft, by=BY, now=NOON)
    assert [f.key for f in blocking(rolled, draft)] == [gap.key]
    assert_same_rows(areas.rows_of(rolled, draft), broken_net)
    grids_checks.repair(rolled, draft, [gap.key], by=BY, now=NOON)
    assert activate(rolled, draft).status == "active"


def assert_same_rows(one: Sequence[areas.Row], other: Sequence[areas.Row]) -> None:
    """Assert that two nets are the same, corner by corner."""
    assert [{**row, "geometry": None} for row in one] == [
        {**row, "geometry": None} for row in other
    ]
    pairs = zip(one, other, strict=True)
    assert all(a["geometry"].equals_exact(b["geometry"], 0) for a, b in pairs)


@pytest.mark.parametrize("seed", range(3))
def test_all_that_is_proposed_leaves_nothing_that_blocks(
    rolled: Session, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(areas, "CODES_AT_ONCE", 5)
    spoilt, _ = broken(sample_areas(), Random(seed), 12, {AreaKind.GRID})
    usable = [
        spoiled if spoiled.geometry.is_valid and not spoiled.geometry.is_empty else sound
        for spoiled, sound in zip(spoilt, sample_areas(), strict=True)
    ]
    draft = grids.new_draft(rolled, DISTRICT, usable, {}, by=BY, now=NOON)
    before = areas.rows_of(rolled, draft)
    told = blocking(rolled, draft)
    assert len(told) > 10
    keys = [finding.key for finding in told if finding.repair]
    step = grids_checks.repair(rolled, draft, keys, by=BY, now=NOON)
    assert len(step.after) > 10
    assert [f.kind for f in blocking(rolled, draft)] == []
    grids_edit.undo_edit(rolled, draft, by=BY, now=NOON)
    assert_same_rows(areas.rows_of(rolled, draft), before)


def test_the_safe_repairs_leave_what_a_person_decides(rolled: Session) -> None:
    draft = draft_of(rolled)
    bite(rolled, draft, 20)
    bite(rolled, draft, 150, "440608106201007")
    safe = [f.key for f in blocking(rolled, draft) if repairs.is_safe(f)]
    assert len(safe) == 1
    grids_checks.repair(rolled, draft, safe, by=BY, now=NOON)
    (left,) = blocking(rolled, draft)
    assert left.measure is not None and left.measure > 10_000


def test_what_is_no_finding_any_more_is_not_repaired(rolled: Session) -> None:
    draft = draft_of(rolled)
    bite(rolled, draft, 40)
    (gap,) = blocking(rolled, draft)
    grids_checks.repair(rolled, draft, [gap.key], by=BY, now=NOON)
    revision = draft.revision
    for keys in ([gap.key], ["gap:nowhere"]):
        with pytest.raises(FindingGone):
            grids_checks.repair(rolled, draft, keys, by=BY, now=NOON)
    with pytest.raises(InvalidInput) as wrong:
        grids_checks.repair(rolled, draft, [], by=BY, now=NOON)
    assert (wrong.value.field, wrong.value.reason) == ("keys", "missing")
    assert draft.revision == revision
    grids.discard(rolled, draft, now=NOON)
    with pytest.raises(grids.NotADraft):
        grids_checks.repair(rolled, draft, [gap.key], by=BY, now=NOON)
    with pytest.raises(grids.NotADraft):
        grids_checks.check_draft(rolled, draft, now=NOON)


def test_a_hole_of_the_active_net_is_told_and_holds_up_only_what_makes_it_larger(
    rolled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaky = draft_of(rolled)
    bite(rolled, leaky, 40)
    monkeypatch.setattr(grids_checks, "refuse_unsound", lambda checked: None)
    activate(rolled, leaky)  # as a net that came in before there were checks
    monkeypatch.undo()
    assert [f.kind for f in blocking(rolled, leaky)] == [FindingKind.GAP]
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    man(rolled, draft, vacant)
    checked = grids_checks.examine(rolled, draft, now=NOON)
    gaps = [f for f in checked.verdict.findings if f.kind is FindingKind.GAP]
    assert gaps and {f.key for f in gaps} <= checked.verdict.known
    assert checked.verdict.blocking == ()
    grids_checks.refuse_unsound(checked)
    worse = draft_of(rolled)
    bite(rolled, worse, 80)
    assert {f.kind for f in blocking(rolled, worse)} == {FindingKind.GAP}


def test_a_plan_names_people_who_may_have_it(rolled: Session) -> None:
    draft = draft_of(rolled)
    _, vacant = split(rolled, draft)
    lead = person(rolled, "w0500").person_id
    administrator = person(rolled, "systemadmin").person_id
    assert lead is not None and administrator is not None

    def refused(code: str, **who: object) -> tuple[str, str]:
        given = {"lead": None, "deputies": [], **who}
        with pytest.raises(InvalidInput) as wrong:
            grids_roster.plan(rolled, draft, code, **given, by=BY, now=NOON)
        return wrong.value.field, wrong.value.reason

    assert refused("440608999") == ("code", "unknown")
    assert refused(GRID[:12], lead=lead) == ("code", "unknown")  # a village is no grid
    assert refused(vacant, lead=administrator) == ("lead", "administrator")
    assert refused(vacant, lead=lead, deputies=[lead]) == ("deputy", "is_lead")
    rolled.execute(update(Person).where(Person.id == lead).values(active=False))
    assert refused(vacant, lead=lead) == ("lead", "nobody")
    assert grids_roster.planned(rolled, draft) == {}


def test_somebody_is_found_by_name_or_user_name(rolled: Session) -> None:
    row = rolled.scalars(select(Person).where(Person.username == "w0500")).one()
    rolled.execute(update(Person).where(Person.id == row.id).values(name="欧阳试"))

    def found(text: str) -> object:
        return grids_roster.find_person(rolled, DISTRICT, text, "lead")

    assert {found(text) for text in ("w0500", " 欧阳试 ", "欧阳试 w0500")} == {row.id}
    rolled.execute(update(Person).where(Person.username == "w0502").values(name="欧阳试"))
    stranger = District(
        code="990001", name="邻区", name_en="Next", timezone="Asia/Shanghai", languages=["en"],
        settings={}, opened_at=NOON,
    )  # fmt: skip
    rolled.add(stranger)
    rolled.flush()
    rolled.add(Person(district_code=stranger.code, username="stranger", name="邻区人"))
    wrong_ones = ("没有这个人", "", "stranger", "邻区人")
    for text, reason in (("欧阳试", "several"), *((text, "nobody") for text in wrong_ones)):
        with pytest.raises(InvalidInput) as wrong:
            found(text)
        assert (wrong.value.field, wrong.value.reason) == ("lead", reason)


def test_a_grid_keeps_the_one_lead_it_has(rolled: Session) -> None:
    draft = draft_of(rolled)
    manned, vacant = split(rolled, draft)
    man(rolled, draft, vacant)
    man(rolled, draft, manned, lead="w0504", deputy="w0506")
    activate(rolled, draft)
    assert on_duty(rolled, manned)[0] == "worker"
    assert set(on_duty(rolled, manned)) == {"worker", "deputy", "w0506"}


def test_an_imported_net_with_other_codes_keeps_its_people(rolled: Session) -> None:
    shapes = [
        replace(shape, code=f"{shape.code[:-3]}9{shape.code[-2:]}")
        if shape.kind is AreaKind.GRID
        else shape
        for shape in sample_areas()
    ]
    draft = grids.new_draft(rolled, DISTRICT, shapes, {}, by=BY, now=NOON)
    assert blocking(rolled, draft) == []
