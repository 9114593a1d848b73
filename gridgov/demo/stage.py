"""The stage of the sample: who plays which part, and how a planned act becomes a real one.

Residents, workers and offices act through the same services as in a real district, each
at its own past `now`.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.demo import stage_acts
from gridgov.demo.replay_plan import Channel, Deed, Life, Turn
from gridgov.demo.stage_acts import DECIDES, Scene
from gridgov.domain.datum import Datum, LonLat, PositionSource
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import Action
from gridgov.services import (
    casework,
    feedback,
    intake,
    merging,
    reporters,
    self_handled,
    splitting_cases,
)
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Sealer, Submission
from gridgov.services.reference import Reference
from gridgov.services.routing import Position
from gridgov.services.splitting_cases import Part
from gridgov.storage import cases, people, reports
from gridgov.storage.cases import ASSIST, VERIFY, Case

Pictures = Callable[[str, bool], StoredPhoto | None]

# The holder acts, unless it is the checker's turn or the dispatcher's.
BY_CHECKER = frozenset({Action.CHECK_PASS, Action.SEND_BACK, Action.SPOT_CHECK, Action.SPOT_FAIL})
HANDLING = frozenset({Action.SIGN, Action.RESOLVE})
BY_DISPATCHER = frozenset(
    {
        *(Action.DISPATCH, Action.REJECT, Action.TRANSFER, Action.REGISTER, Action.ASK_VERIFY),
        *(Action.RULE, Action.MERGE, Action.UNMERGE, Action.NOTE, Action.GRANT_VOID),
        *(Action.SPLIT, Action.CORRECT_SPOT),
        *DECIDES,
    }
)
BY_LEADER = frozenset({Action.SUPERVISE, Action.END_SUPERVISION, Action.INSTRUCT})
TAKES_BACK = frozenset({Action.WITHDRAW, Action.LEAVE})
BY_REPORTER = TAKES_BACK | {Action.ANSWER, Action.APPEAL, Action.URGE, Action.ADD, Action.RATE}
BY_HELPER: Mapping[Action, str] = {
    Action.FINISH_TASK: ASSIST,
    Action.CONFIRM: VERIFY,
    Action.REFUTE: VERIFY,
}
# The camera of a phone knows where it is more often than not; some pictures are old ones.
POSITIONED, ELSEWHERE, STALE = 0.6, 0.012, 0.006
METRES_PER_DEGREE = 110_740


PROGRAMS: Mapping[Channel, str] = {Channel.HOTLINE: "12345", Channel.PROGRAM: "open311"}
# Somebody writes down what is said, and looks the address up.
BY_DESK = frozenset({Channel.HOTLINE, Channel.PHONE, Channel.WALK_IN})


class Cast:
    """The staff of the sample, read once: nobody comes or goes while it plays."""

    def __init__(self, session: Session, reference: Reference, rng: random.Random) -> None:
        """Read everybody as of the last day that was played."""
        self._rng = rng
        self._district = reference.district_code
        self._inboxes = reference.inboxes
        today = reference.local_day(datetime.max.replace(tzinfo=reference.zone))
        self._people = people.load_actors(session, self._district, today)
        self._units: dict[str, list[Actor]] = defaultdict(list)
        self._grids: dict[str, list[Actor]] = defaultdict(list)
        self._away: set[UUID] = set()
        self._handled: dict[UUID, set[UUID]] = defaultdict(set)
        for actor in self._people.values():
            for unit in sorted(actor.units()):
                self._units[unit].append(actor)
            for grid in sorted(actor.areas(Role.WORKER)):
                # Persons come in the order in which they were made: the lead first.
                self._grids[grid].append(actor)
        self._dispatcher = self._office(Role.DISPATCHER)
        self._leader = self._office(Role.SUPERVISOR)

    def _office(self, role: Role) -> Actor:
        return next(actor for actor in self._people.values() if self._district in actor.areas(role))

    def reporter(self, life: Life) -> Actor:
        """Return who sends a report: a resident, the grid's worker, or the hotline."""
        if life.by_staff and life.spot is not None:
            return self.on_duty(life.spot.grid)
        if life.channel in PROGRAMS:
            return Actor(self._district, Role.PROGRAM, name=PROGRAMS[life.channel])
        return Actor.resident(self._district)

    def of_grid(self, grid: str) -> list[Actor]:
        """Return the people of a grid, the lead first."""
        return self._grids[grid]

    def on_duty(self, grid: str) -> Actor:
        """Return the lead of a grid, or the deputy while the lead is on leave."""
        return next(one for one in self._grids[grid] if one.person_id not in self._away)

    def village(self, grid: str) -> Actor:
        """Return who arranges the duties of a grid: the first of its village's committee."""
        return self._of_unit(self._inboxes[grid[:12]])[0]

    def note_leave(self, person: Actor, *, over: bool) -> None:
        """Keep in mind who is on leave."""
        if person.person_id is None:
            return
        if over:
            self._away.discard(person.person_id)
        else:
            self._away.add(person.person_id)

    def taker(self, person_id: UUID | None, unit_code: str | None) -> Actor:
        """Return who gives the receipt for what was handed over: the person, or one of the unit."""
        if person_id is not None:
            return self._people[person_id]
        return self._of_unit(unit_code)[0]

    def colleague(self, case: Case) -> UUID | None:
        """Return who of a unit of several is named to have a case, None where one works alone."""
        team = self._units.get(case.unit_code or "", [])
        return self._rng.choice(team).person_id if len(team) > 1 else None

    def whose_turn(self, case: Case, action: Action) -> Actor:
        """Return the person who does an action: the holder, the checker or the dispatcher.

        In a unit whoever began with a case goes on with it, and somebody else checks it.
        """
        if action in BY_DISPATCHER:
            return self._dispatcher
        if action in BY_LEADER:
            return self._leader
        handled = self._handled[case.id]
        if action in BY_CHECKER:
            if case.checker_id is not None:
                return self._people[case.checker_id]
            others = self._of_unit(case.checker_unit_code)
            return self._rng.choice([a for a in others if a.person_id not in handled])
        if case.assignee_id is not None:
            actor = self._people[case.assignee_id]
        else:
            colleagues = self._of_unit(case.unit_code)
            began = [actor for actor in colleagues if actor.person_id in handled]
            actor = self._rng.choice(began or colleagues)
        if action in HANDLING:
            self.note_handled(case.id, actor)
        return actor

    def note_handled(self, case_id: UUID, actor: Actor) -> None:
        """Keep in mind who handled a case: they go on with it, and never check it."""
        if actor.person_id is not None:
            self._handled[case_id].add(actor.person_id)

    def helper(self, session: Session, case: Case, kind: str) -> Actor:
        """Return who was called in to assist, or sent to look."""
        for task in cases.open_tasks(session, case.id):
            if task.kind == kind and task.ended_at is None:
                if task.person_id is not None:
                    return self._people[task.person_id]
                return self._rng.choice(self._of_unit(task.unit_code))
        raise ValueError("nobody was called in")

    def _of_unit(self, unit_code: str | None) -> list[Actor]:
        if unit_code is None:
            raise ValueError("nobody has the case")
        return self._units[unit_code]


class Stage:
    """Sends reports and does deeds, through the services."""

    def __init__(
        self, reference: Reference, cast: Cast, vault: Sealer, pictures: Pictures, name: str
    ) -> None:
        """`name` begins the client token of every report of this play."""
        self._reference = reference
        self._cast = cast
        self._vault = vault
        self._pictures = pictures
        self._name = name

    def report(self, session: Session, life: Life, join: UUID | None) -> intake.Receipt:
        """Send a report; `join` names the case it joins. What is done at once is closed too."""
        by, submission = self._cast.reporter(life), self._submission(life, join)
        if not life.at_once or life.spot is None:
            return intake.submit(
                session, submission, by=by, now=life.received_at, vault=self._vault
            )
        return self_handled.found_and_done(
            session,
            replace(submission, area_code=life.spot.grid),
            self._after(life, life.received_at, life.sent_at),
            by=by,
            now=life.received_at,
            vault=self._vault,
            drawn=bool(life.turns & {Turn.SPOT_PASSED, Turn.SPOT_FAILED}),
        )

    def _submission(self, life: Life, join: UUID | None) -> Submission:
        picture = self._pictures(life.true_category, False) if life.photo else None
        position = None
        if life.sent_at is not None:
            position = Position(
                life.sent_at.lon,
                life.sent_at.lat,
                Datum.WGS84,
                _source_of(life.channel),
                accuracy_m=5 + life.index * 7 % 23 if life.channel is Channel.SNAP else None,
            )
        return Submission(
            district_code=self._reference.district_code,
            client_token=f"{self._name}-{life.index:05d}",
            channel=str(life.channel),
            category_code=life.category,
            text=life.text,
            phone=life.phone,
            reporter_name=life.name,
            position=position,
            place_words=life.place_words,
            by_words=position is None,
            photos=(picture,) if picture else (),
            # Everybody in the sample has been told to call first, and went on.
            emergency_seen=True,
            external_id=_hotline_number(life, self._reference),
            join_case_id=join,
        )

    def split(self, session: Session, told_in: Case, life: Life) -> tuple[UUID, UUID]:
        """Split a part off a case; return the ids of its report and of its own case."""
        part = Part(life.text, life.category)
        by = self._cast.whose_turn(told_in, Action.SPLIT)
        made = splitting_cases.split_case(session, told_in.id, [part], by=by, now=life.received_at)
        (report,) = reports.of_case(session, made[0].id)
        return report.id, made[0].id

    def act(self, session: Session, case: Case, report_id: UUID, life: Life, deed: Deed) -> bool:
        """Do one deed; False when there was nothing to do."""
        scene = Scene(session, self._reference, case, deed)
        if not stage_acts.makes_sense(scene):
            return False
        if stage_acts.is_handed_over(scene):
            self._perform(session, case, Action.SIGN, Given(), deed.at)
        if deed.action in BY_REPORTER or stage_acts.was_asked(scene):
            self._tell(scene, report_id, life)
            return True
        given = self._given(scene, life)
        if deed.action is Action.NAME_PERSON:
            named = self._cast.colleague(case)
            if named is None:
                return False
            given = Given(target=f"person:{named}")
        self._perform(session, case, deed.action, given, deed.at)
        return True

    def _tell(self, scene: Scene, report_id: UUID, life: Life) -> None:
        """Let the reporter act."""
        session, deed, given = scene.session, scene.deed, stage_acts.given(scene)
        if deed.action is Action.RATE:
            solved = "dissatisfied" not in deed.note
            feedback.rate(session, report_id, solved=solved, satisfaction=deed.note, now=deed.at)
        elif deed.action in TAKES_BACK:
            reporters.withdraw(session, report_id, now=deed.at, text=deed.text)
        elif deed.action is Action.CORRECT_SPOT:
            by = reporters.actor_of(reporters.standing_report(session, report_id))
            reporters.correct_spot(session, scene.case.id, given, by=by, now=deed.at)
        elif deed.action is Action.ADD:
            picture = self._pictures(life.true_category, False) if life.photo else None
            shown = (picture,) if picture else ()
            reporters.add(session, report_id, replace(given, photos=shown), now=deed.at)
        else:
            reporters.act(session, report_id, deed.action, now=deed.at, given=given)

    def _perform(
        self, session: Session, case: Case, action: Action, given: Given, at: datetime
    ) -> None:
        by = self._actor(session, case, action)
        if action is Action.CORRECT_SPOT:
            reporters.correct_spot(session, case.id, given, by=by, now=at)
        else:
            casework.perform(session, case.id, action, by=by, now=at, given=given)

    def merge(self, session: Session, case: Case, into: UUID, deed: Deed) -> None:
        """Merge a case into another, or take it out of it again."""
        by, given = self._cast.whose_turn(case, deed.action), Given(text=deed.text or None)
        if deed.action is Action.MERGE:
            merging.merge(session, case.id, into, by=by, now=deed.at)
        else:
            merging.unmerge(session, case.id, by=by, now=deed.at, given=given)

    def _actor(self, session: Session, case: Case, action: Action) -> Actor:
        kind = BY_HELPER.get(action)
        if kind is not None:
            return self._cast.helper(session, case, kind)
        return self._cast.whose_turn(case, action)

    def _given(self, scene: Scene, life: Life) -> Given:
        deed, case = scene.deed, scene.case
        if deed.action is not Action.RESOLVE:
            return stage_acts.given(scene)
        if not self._reference.category_of(case).after_photo:
            return Given(text=deed.text)
        spot = None
        if case.lon is not None and case.lat is not None:
            spot = LonLat(lon=case.lon, lat=case.lat)
        return Given(text=deed.text, photos=self._after(life, deed.at, spot))

    def _after(self, life: Life, at: datetime, spot: LonLat | None) -> tuple[StoredPhoto, ...]:
        """Return the picture of finished work, which mostly says where and when it was taken."""
        picture = self._pictures(life.true_category, True)
        if picture is None:
            return ()
        dice = random.Random(f"{self._name}-{life.index}-{at.isoformat()}")
        if spot is None or dice.random() >= POSITIONED:
            return (picture,)
        metres = dice.triangular(0, 60, 8)
        minutes = dice.triangular(1, 25, 4)
        sort = dice.random()
        if sort < ELSEWHERE:
            metres = dice.uniform(300, 4000)
        elif sort < ELSEWHERE + STALE:
            minutes = (at - life.received_at) / timedelta(minutes=1) + dice.uniform(60, 4000)
        hint = LonLat(lon=spot.lon, lat=spot.lat + metres / METRES_PER_DEGREE)
        return (replace(picture, hint=hint, taken_at=at - timedelta(minutes=minutes)),)


def _source_of(channel: Channel) -> PositionSource:
    return PositionSource.ADDRESS if channel in BY_DESK else PositionSource.BROWSER


def _hotline_number(life: Life, reference: Reference) -> str | None:
    """Return the number the hotline gave the call."""
    if life.channel is not Channel.HOTLINE:
        return None
    return f"FS{reference.local_day(life.received_at):%Y%m%d}{life.index:06d}"
