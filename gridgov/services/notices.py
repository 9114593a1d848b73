"""Planning notices: the log is read once, and what it means for whom becomes rows.

A consumer of the log with its own cursor. Rows and cursor are one transaction, and a key
says what each row follows from: reading the same messages again plans nothing new. Nothing
is sent here (services/notice_sending).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import exists, select, tuple_
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import Lamp
from gridgov.domain.messages import MessageKind
from gridgov.domain.notices import (
    PERSON,
    REPORT,
    SOON,
    STALE,
    Content,
    NoticeKind,
    Recipient,
    Way,
    resident_from,
    staff_from,
)
from gridgov.domain.workflow import OPEN_STATES, PAUSED_STATES
from gridgov.services import deadlines, notice_residents
from gridgov.services.notice_audience import (
    News,
    Told,
    holders_now,
    is_hidden,
    is_urgent,
    staff_told,
)
from gridgov.services.notice_roster import ToldOfRoster, roster_told
from gridgov.services.notice_staff import Staff
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import cases, messages, notice_people
from gridgov.storage import notices as store
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.messages import ConsumerCursor, Message
from gridgov.storage.notice_people import NoticeWish
from gridgov.storage.notices import Notice

NOTIFIER = "notices"
BATCH = 200
NEAR = 1000  # cases with the nearest limits, looked at in one round


class Say(Protocol):
    """Puts notices into words of a language (zh-Hans, en)."""

    def notice(self, content: Content, language: str, reference: Reference) -> str:
        """Return one line about a case, without personal data."""

    def digest(self, counts: Mapping[NoticeKind, int], language: str) -> str:
        """Return one line about many notices."""

    def title(self, reference: Reference, language: str) -> str:
        """Return who speaks."""


@dataclass
class Planner:
    """What planning needs to know, looked up once for a batch."""

    session: Session
    reference: Reference
    say: Say
    ways: frozenset[Way]
    now: datetime
    rows: list[dict[str, Any]] = field(default_factory=list)
    _wishes: dict[UUID, NoticeWish | None] = field(default_factory=dict)

    def language_of(self, recipient: Recipient) -> str:
        """Return the language of a member of the staff, or of a group."""
        wish = self._wish(recipient)
        return (wish.language if wish is not None else None) or self.reference.languages[0]

    def _wish(self, recipient: Recipient) -> NoticeWish | None:
        if recipient.kind != PERSON:
            return None
        person_id = UUID(recipient.id)
        if person_id not in self._wishes:
            found = notice_people.wishes(self.session, [person_id])
            self._wishes[person_id] = found.get(person_id)
        return self._wishes[person_id]

    def staff(self, key: str, told: Told, case: Case) -> None:
        """Plan a notice to somebody on the staff."""
        content = self.content_of(told, case)
        wish = self._wish(told.recipient)
        digest = wish is not None and wish.digest
        calendar = self.reference.calendar
        due = self.now if told.urgent else staff_from(self.now, calendar, digest=digest)
        row = self._row(key, told.recipient, content, self.language_of(told.recipient), due)
        self.rows.append(
            row | {"case_id": case.id, "urgent": told.urgent, "path": f"/work/cases/{case.id}"}
        )

    def content_of(self, told: Told, case: Case) -> Content:
        """Return what a notice to somebody on the staff says, before it is put into words."""
        due_at = told.due_at or case.limit_at
        return Content(told.kind, case.number, self.title_of(case), due_at, step=told.step)

    def roster(self, key: str, told: ToldOfRoster) -> None:
        """Plan a notice that is about no case."""
        calendar = self.reference.calendar
        due = self.now if told.at_once else staff_from(self.now, calendar, digest=False)
        language = self.language_of(told.recipient)
        row = self._row(told.key or key, told.recipient, told.content, language, due)
        self.rows.append(row | {"case_id": None, "path": told.path})

    def resident(self, key: str, told: notice_residents.Told, case: Case) -> None:
        """Plan a notice to whoever follows a report."""
        report = told.report
        content = Content(told.kind, told.number, self.title_of(case), state=told.state)
        asked = told.kind is NoticeKind.LOST_CODE
        due = self.now if asked else resident_from(self.now, self.reference.calendar)
        recipient = Recipient(REPORT, str(report.id))
        row = self._row(key, recipient, content, report.language, due)
        path = f"/r/{show_receipt_code(report.receipt_code)}"
        self.rows.append(row | {"case_id": case.id, "path": path, "by_sms": told.by_sms})

    def title_of(self, case: Case) -> tuple[str, str]:
        """Return the class of a case in both languages; of a confidential one nothing."""
        category = self.reference.category_of(case)
        hidden = is_hidden(case, self.reference)
        return ("", "") if hidden else (category.name, category.name_en)

    def _row(
        self, key: str, recipient: Recipient, content: Content, language: str, due: datetime
    ) -> dict[str, Any]:
        return {
            "key": key,
            "recipient": str(recipient),
            "kind": str(content.kind),
            "urgent": False,
            "language": language,
            "text": self.say.notice(content, language, self.reference),
            "by_sms": True,
            "planned_at": self.now,
            "due_at": due,
        }

    def write(self) -> int:
        """Write what is planned; return how many notices are new."""
        return store.add(self.session, self.reference.district_code, self.rows)


@dataclass(frozen=True, slots=True)
class Read:
    """What one round of planning did."""

    messages: int = 0
    planned: int = 0


def plan_pending(
    session: Session, district_code: str, *, now: datetime, say: Say, ways: frozenset[Way]
) -> Read:
    """Plan what the next messages of a district mean for whom.

    The cursor moves with the rows. A district without a cursor begins at its newest
    message. Nothing is done while another process plans.
    """
    cursor = _cursor(session, district_code)
    if cursor is None:
        return Read()
    # First: what is committed up to here is seen by the next statement, too.
    last = messages.last_position(session, district_code)
    if last <= cursor.position:
        return Read()
    news = messages.news_after(session, district_code, cursor.position, BATCH)
    planned = 0
    if ways and news:
        reference = reference_of(session, district_code)
        planner = Planner(session, reference, say, ways, now)
        _plan(planner, [one for one in news if one.at > now - STALE])
        planned = planner.write()
    cursor.position = news[-1].position if len(news) == BATCH else last
    return Read(len(news), planned)


def _cursor(session: Session, district_code: str) -> ConsumerCursor | None:
    cursor = messages.lock_cursor(session, NOTIFIER, district_code)
    if cursor is None and session.get(ConsumerCursor, (NOTIFIER, district_code)) is None:
        messages.open_cursor(session, NOTIFIER, district_code)
        session.flush()
        cursor = session.get_one(ConsumerCursor, (NOTIFIER, district_code))
        cursor.position = messages.last_position(session, district_code)
    return cursor


def _plan(planner: Planner, news: Sequence[Message]) -> None:
    session = planner.session
    staff = Staff(session, planner.reference)
    about = [(one, case_id) for one in news if (case_id := _case_of(one)) is not None]
    for one in news:
        for of_roster in roster_told(staff, MessageKind(one.kind), one.body):
            planner.roster(str(one.position), of_roster)
    known = cases.of_ids(session, {case_id for _, case_id in about})
    lines = _lines(session, [(one.case_id, one.entry_seq) for one, _ in about])
    for one, case_id in about:
        case = known.get(case_id)
        entry = lines.get((one.case_id, one.entry_seq))
        if case is None or (one.entry_seq is not None and entry is None):
            continue
        key = str(one.position)
        for told in staff_told(News(staff, one.body, case, entry)):
            planner.staff(key, told, case)
        if entry is not None:
            for resident in notice_residents.told(session, case, entry, planner.ways):
                planner.resident(key, resident, case)


def _case_of(message: Message) -> UUID | None:
    if message.case_id is not None:
        return message.case_id
    # What only warns stands in no history, so its message names the case in its body.
    named = message.body.get("case_id")
    return UUID(named) if named and "due" in message.body else None


Line = tuple[UUID | None, int | None]


def _lines(session: Session, wanted: Iterable[Line]) -> dict[Line, CaseEntry]:
    pairs = [pair for pair in wanted if None not in pair]
    rows = session.scalars(
        select(CaseEntry).where(tuple_(CaseEntry.case_id, CaseEntry.seq).in_(pairs))
    )
    return {(row.case_id, row.seq): row for row in rows}


def plan_near(
    session: Session, district_code: str, *, now: datetime, say: Say, ways: frozenset[Way]
) -> int:
    """Tell those whose turn it is that a limit is near: its lamp has turned yellow.

    A yellow lamp is no message of the log, it follows from the clock; the limit itself is
    the key, so a limit is told once, and again when it was moved. Return what is new.
    """
    if not ways or _cursor(session, district_code) is None:
        return 0
    reference = reference_of(session, district_code)
    planner = Planner(session, reference, say, ways, now)
    staff = Staff(session, reference)
    for case in _near(session, district_code, now):
        category = reference.category_of(case)
        if deadlines.lamp_of(case, category, reference, now) is not Lamp.YELLOW:
            continue
        key = f"soon:{case.id.hex}:{case.limit_at:%Y%m%d%H%M%S}"
        urgent = is_urgent(case, reference)
        for one in holders_now(staff, case):
            planner.staff(key, Told(one, NoticeKind.DUE_SOON, urgent), case)
    return planner.write()


def _near(session: Session, district_code: str, now: datetime) -> Sequence[Case]:
    told = exists().where(
        Notice.case_id == Case.id,
        Notice.kind == str(NoticeKind.DUE_SOON),
        Notice.planned_at >= Case.updated_at,
    )
    running = sorted(set(OPEN_STATES) - set(PAUSED_STATES))
    return session.scalars(
        select(Case)
        .where(
            Case.district_code == district_code,
            Case.state.in_(running),
            Case.limit_at > now,
            Case.limit_at < now + SOON,
            ~told,
        )
        .order_by(Case.limit_at)
        .limit(NEAR)
    ).all()


def plan_lost_codes(
    session: Session, district_code: str, *, now: datetime, say: Say, ways: frozenset[Way]
) -> int:
    """Plan an SMS to each number for which a lost code was asked and a report is known.

    It goes to the number the report was made with. Return what is new.
    """
    if not ways & {Way.SMS, Way.FILE} or _cursor(session, district_code) is None:
        return 0
    reference = reference_of(session, district_code)
    planner = Planner(session, reference, say, ways, now)
    for key, case, told in notice_residents.lost_codes(session, reference, now=now):
        planner.resident(key, told, case)
    return planner.write()


def is_behind(session: Session, district_code: str) -> bool:
    """Tell whether the log may hold what is not planned yet: a look that locks nothing."""
    cursor = session.get(ConsumerCursor, (NOTIFIER, district_code))
    return cursor is None or messages.last_position(session, district_code) > cursor.position
