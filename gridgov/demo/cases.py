"""A few dozen cases for the sample district, made by the services with past moments.

No case is inserted by hand: residents report, workers sign, return, pass up,
resolve, others check, residents answer, each at its own past `now`, in the order
in which it would have happened.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.demo.stories import STORIES, UNIT_STORIES, Story
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, PositionSource
from gridgov.domain.roles import Actor, Grant, Role
from gridgov.domain.workflow import Action
from gridgov.services import casework, feedback, intake
from gridgov.services import reference as references
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.intake import Sealer, Submission
from gridgov.services.reference import Reference
from gridgov.services.routing import Position
from gridgov.storage import people
from gridgov.storage.cases import Case
from gridgov.storage.people import GrantRow, Person
from gridgov.storage.session import read_only, unit_of_work

UNIT_OF_ACTS = 40

# What happens after the report, and how often in the sample.
SIGN, RESOLVE, PASS, BACK = Action.SIGN, Action.RESOLVE, Action.CHECK_PASS, Action.SEND_BACK
FATES: tuple[tuple[tuple[object, ...], int], ...] = (
    ((SIGN, RESOLVE, PASS), 9),
    ((SIGN, RESOLVE, PASS, "solved"), 12),
    ((SIGN, RESOLVE, BACK, RESOLVE, PASS, "solved"), 3),
    ((SIGN, RESOLVE, PASS, "not_solved"), 2),
    ((SIGN, RESOLVE, PASS, "not_solved", RESOLVE, PASS), 2),
    ((), 5),
    ((SIGN,), 6),
    ((SIGN, RESOLVE), 4),
    ((Action.RETURN,), 2),
    ((Action.PASS_UP,), 2),
    ((SIGN, Action.PASS_UP, SIGN, RESOLVE, PASS), 3),
    ((Action.RETURN, Action.REJECT), 2),
    ((Action.RETURN, Action.TRANSFER), 1),
)

Pictures = Callable[[str, bool], StoredPhoto | None]


@dataclass(order=True)
class _Event:
    """The next thing that happens to one sample case."""

    at: datetime
    index: int
    story: Story = field(compare=False)
    steps: list[object] = field(compare=False)
    report_id: UUID | None = field(compare=False, default=None)
    case_id: UUID | None = field(compare=False, default=None)


def play(
    district_code: str,
    *,
    now: datetime,
    vault: Sealer,
    pictures: Pictures,
    home: str,
    progress: Callable[[int], None],
) -> int:
    """Let a few dozen cases happen in the twelve days before `now`; return how many.

    `home` is the grid of the sample's own worker, who gets a fair share of them.
    """
    rng = random.Random(440608)
    with read_only() as session:
        reference = references.of(session, district_code)
    stage = _Stage(reference, vault, pictures, home, rng)
    events = list(_plan(rng, now))
    total = len(events)
    heapq.heapify(events)
    done = 0
    while events and events[0].at < now:
        with unit_of_work() as session:
            for _ in range(UNIT_OF_ACTS):
                if not events or events[0].at >= now:
                    break
                event = heapq.heappop(events)
                stage.play(session, event)
                session.flush()
                done += 1
                if event.steps:
                    hours = rng.uniform(0.3, 9)
                    event.at += timedelta(hours=hours)
                    heapq.heappush(events, event)
        progress(done)
    return total


def _plan(rng: random.Random, now: datetime) -> Iterator[_Event]:
    """Yield the first event of each case, spread over twelve days, the open ones later."""
    index = 0
    for steps, count in FATES:
        for _ in range(count):
            ends = PASS in steps or Action.REJECT in steps
            age = rng.uniform(70, 288) if ends else rng.uniform(3, 40)
            story = rng.choice(STORIES if rng.random() < 0.88 else UNIT_STORIES)
            yield _Event(now - timedelta(hours=age), index, story, ["report", *steps])
            index += 1


class _Stage:
    """Who plays which part, and where."""

    def __init__(
        self,
        reference: Reference,
        vault: Sealer,
        pictures: Pictures,
        home: str,
        rng: random.Random,
    ) -> None:
        self.reference = reference
        self.vault = vault
        self.pictures = pictures
        self.home = home
        self.rng = rng
        self.grids = reference.net.areas(AreaKind.GRID)

    def play(self, session: Session, event: _Event) -> None:
        step = event.steps.pop(0)
        if step == "report":
            self._report(session, event)
        elif isinstance(step, Action):
            self._act(session, event, step)
        elif event.report_id is not None:
            solved = step == "solved"
            feedback.rate(
                session,
                event.report_id,
                solved=solved,
                satisfaction=self.rng.choice(("very_satisfied", "satisfied", "satisfied", "fair"))
                if solved
                else "dissatisfied",
                now=event.at,
            )

    def _report(self, session: Session, event: _Event) -> None:
        """Let a resident report somewhere in a grid, near one of its landmarks."""
        at_home = self.rng.random() < 0.2
        code = self.home if at_home else self.rng.choice(self.grids).code
        mark = self.rng.choice(self.reference.landmarks[code])
        place = str(mark["name"])
        picture = self.pictures(event.story.category, False)
        jitter = (self.rng.uniform(-3e-4, 3e-4), self.rng.uniform(-3e-4, 3e-4))
        receipt = intake.submit(
            session,
            Submission(
                district_code=self.reference.district_code,
                client_token=f"sample-{event.index:05d}",
                channel="snap",
                category_code=event.story.category,
                text=event.story.text.format(place=place),
                place_words=place,
                position=Position(
                    float(str(mark["lon"])) + jitter[0],
                    float(str(mark["lat"])) + jitter[1],
                    Datum.WGS84,
                    PositionSource.BROWSER,
                    accuracy_m=round(self.rng.uniform(4, 30)),
                ),
                photos=(picture,) if picture else (),
            ),
            by=Actor.resident(self.reference.district_code),
            now=event.at,
            vault=self.vault,
        )
        event.report_id = receipt.report_id
        event.case_id = session.scalar(select(Case.id).where(Case.number == receipt.case_number))

    def _act(self, session: Session, event: _Event, action: Action) -> None:
        if event.case_id is None:
            raise ValueError("the case was not reported yet")
        case = session.get_one(Case, event.case_id)
        by = self._actor(session, case, action, event.at)
        picture = self.pictures(event.story.category, True)
        given = {
            Action.RESOLVE: Given(text=event.story.done, photos=(picture,) if picture else ()),
            Action.SEND_BACK: Given(text="现场看还没有清理干净，请再处理一次。"),
            Action.RETURN: Given(reason="wrong_duty", text="不属于网格职责，建议由职能部门处理。"),
            Action.PASS_UP: Given(text="需要专业设备，网格处理不了。"),
            Action.REJECT: Given(reason="duplicate", text="此事已有同一件在办理，办结后会告诉您。"),
            Action.TRANSFER: Given(
                target="区法院", receipt="2026-0117", text="已进入诉讼，移交法院。"
            ),
        }.get(action, Given())
        casework.perform(session, event.case_id, action, by=by, now=event.at, given=given)

    def _actor(self, session: Session, case: Case, action: Action, at: datetime) -> Actor:
        """Return the person whose turn it is: the holder, the checker, or the dispatcher."""
        if action in (Action.CHECK_PASS, Action.SEND_BACK):
            return self._person(session, case.checker_id, case.checker_unit_code, at)
        if action in (Action.REJECT, Action.TRANSFER):
            return self._granted(session, Role.DISPATCHER, at)
        return self._person(session, case.assignee_id, case.unit_code, at)

    def _person(
        self, session: Session, person_id: UUID | None, unit_code: str | None, at: datetime
    ) -> Actor:
        if person_id is None:
            person_id = session.scalar(
                select(GrantRow.person_id).where(GrantRow.unit_code == unit_code).limit(1)
            )
        person = session.get_one(Person, person_id)
        return people.load_actor(session, person, self.reference.local_day(at))

    def _granted(self, session: Session, role: Role, at: datetime) -> Actor:
        wanted = Grant(role, area_code=self.reference.district_code)
        person_id = session.scalar(
            select(GrantRow.person_id).where(
                GrantRow.role == str(wanted.role), GrantRow.area_code == wanted.area_code
            )
        )
        return self._person(session, person_id, None, at)
