"""The stage of the sample: who plays which part, and how a planned act becomes a real one.

Residents, workers and offices act through the same services as in a real district, each
at its own past `now`.
"""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.demo.replay_plan import Channel, Deed, Life
from gridgov.domain.datum import Datum, PositionSource
from gridgov.domain.roles import Actor, Role
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, feedback, intake
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Sealer, Submission
from gridgov.services.reference import Reference
from gridgov.services.routing import Position
from gridgov.storage import people
from gridgov.storage.cases import Case

Pictures = Callable[[str, bool], StoredPhoto | None]

# The holder acts, unless it is the checker's turn or the dispatcher's.
BY_CHECKER = frozenset({Action.CHECK_PASS, Action.SEND_BACK})
HANDLING = frozenset({Action.SIGN, Action.RESOLVE})
BY_DISPATCHER = frozenset({Action.DISPATCH, Action.REJECT, Action.TRANSFER})


class Cast:
    """The staff of the sample, read once: nobody comes or goes while it plays."""

    def __init__(self, session: Session, reference: Reference, rng: random.Random) -> None:
        """Read everybody as of the last day that was played."""
        self._rng = rng
        self._district = reference.district_code
        today = reference.local_day(datetime.max.replace(tzinfo=reference.zone))
        self._people = people.load_actors(session, self._district, today)
        self._units: dict[str, list[Actor]] = defaultdict(list)
        self._leads: dict[str, Actor] = {}
        self._handled: dict[UUID, set[UUID]] = defaultdict(set)
        for actor in self._people.values():
            for unit in sorted(actor.units()):
                self._units[unit].append(actor)
            for grid in sorted(actor.areas(Role.WORKER)):
                # Persons come in the order in which they were made: the lead first.
                self._leads.setdefault(grid, actor)
        self._dispatcher = next(
            actor
            for actor in self._people.values()
            if self._district in actor.areas(Role.DISPATCHER)
        )

    def reporter(self, life: Life) -> Actor:
        """Return who sends a report: a resident, the grid's worker, or the hotline."""
        if life.channel is Channel.WORKER and life.spot is not None:
            return self._leads[life.spot.grid]
        if life.channel is Channel.HOTLINE:
            return Actor(self._district, Role.PROGRAM, name="12345")
        return Actor.resident(self._district)

    def whose_turn(self, case: Case, action: Action) -> Actor:
        """Return the person who does an action: the holder, the checker or the dispatcher.

        In a unit whoever began with a case goes on with it, and somebody else checks it.
        """
        if action in BY_DISPATCHER:
            return self._dispatcher
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
        if action in HANDLING and actor.person_id is not None:
            handled.add(actor.person_id)
        return actor

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
        """Send a report; `join` names the case it joins."""
        return intake.submit(
            session,
            self._submission(life, join),
            by=self._cast.reporter(life),
            now=life.received_at,
            vault=self._vault,
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

    def act(self, session: Session, case: Case, report_id: UUID, life: Life, deed: Deed) -> bool:
        """Do one deed; False when there was nothing to do."""
        waiting = case.state in (CaseState.SUBMITTED, CaseState.REGISTERED)
        if deed.if_waiting and not waiting:
            return False
        if deed.action is Action.RETURN and waiting:
            return False  # nobody has it who could return it
        if deed.action is Action.RATE:
            solved = "dissatisfied" not in deed.note
            feedback.rate(session, report_id, solved=solved, satisfaction=deed.note, now=deed.at)
            return True
        casework.perform(
            session,
            case.id,
            deed.action,
            by=self._cast.whose_turn(case, deed.action),
            now=deed.at,
            given=self._given(case, life, deed),
        )
        return True

    def _given(self, case: Case, life: Life, deed: Deed) -> Given:
        if deed.action is Action.RESOLVE:
            wanted = self._reference.category(case.category_code).after_photo
            picture = self._pictures(life.true_category, True) if wanted else None
            return Given(text=deed.text, photos=(picture,) if picture else ())
        if deed.action in (Action.RETURN, Action.REJECT):
            return Given(text=deed.text, reason=deed.note)
        if deed.action is Action.TRANSFER:
            return Given(text=deed.text, target=deed.note, receipt=deed.receipt)
        if deed.action is Action.DISPATCH:
            return Given(target=deed.note)
        return Given(text=deed.text or None)


def _source_of(channel: Channel) -> PositionSource:
    return PositionSource.ADDRESS if channel is Channel.HOTLINE else PositionSource.BROWSER


def _hotline_number(life: Life, reference: Reference) -> str | None:
    """Return the number the hotline gave the call."""
    if life.channel is not Channel.HOTLINE:
        return None
    return f"FS{reference.local_day(life.received_at):%Y%m%d}{life.index:06d}"
