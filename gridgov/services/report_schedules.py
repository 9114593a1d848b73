"""Reports that are made by themselves after each period, and told to who asked for them."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import NotAllowed, NotFound
from gridgov.domain.messages import MessageKind
from gridgov.domain.report_periods import PeriodKind, ReportPeriod, containing
from gridgov.domain.roles import Actor
from gridgov.domain.scope import CaseClass
from gridgov.services import period_reports as reports
from gridgov.services.board import View, open_view
from gridgov.services.reference import of as reference_of
from gridgov.storage import messages, people, period_reports
from gridgov.storage.people import Person
from gridgov.storage.period_reports import PeriodReport, ReportSchedule

# By then the night's last acts are folded, and whoever gets it has not begun to work.
MADE_AT = time(6)
A_ROUND = 20


def view_of(session: Session, actor: Actor, area_code: str, period: ReportPeriod) -> View:
    """Return what the report of an area counts: never a confidential case, whoever asks.

    An edition is kept and passed on, so it may hold only what every reader may see.
    Raises: NotFound, NotAllowed for an area whose board is not the actor's.
    """
    seen = open_view(session, actor, area_code, period.first, period.last)
    return View(seen.district_code, area_code, seen.first, seen.last, frozenset({CaseClass.OPEN}))


def subscribe(
    session: Session,
    actor: Actor,
    area_code: str,
    kind: PeriodKind,
    language: str,
    *,
    now: datetime,
) -> ReportSchedule:
    """Let an actor get the report of an area after each period, from the one that runs now.

    Raises: NotFound, NotAllowed for an area whose board is not the actor's.
    """
    if actor.person_id is None:
        raise NotAllowed("only people get reports")
    today = reference_of(session, actor.district_code).local_day(now)
    view_of(session, actor, area_code, containing(PeriodKind.DAY, today))
    done = containing(kind, today).before().last
    for known in period_reports.schedules_of(session, actor.person_id, ended=True):
        if (known.area_code, known.kind) == (area_code, str(kind)):
            if known.ended_at is not None:
                known.ended_at, known.done_until = None, done
            known.language = language
            return known
    made = ReportSchedule(
        district_code=actor.district_code,
        area_code=area_code,
        kind=str(kind),
        language=language,
        person_id=actor.person_id,
        done_until=done,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made


def end(session: Session, actor: Actor, schedule_id: UUID, *, now: datetime) -> None:
    """Stop a schedule of the actor's own. Raises: NotFound."""
    found = session.get(ReportSchedule, schedule_id)
    if found is None or found.person_id != actor.person_id:
        raise NotFound("no such schedule of yours")
    found.ended_at = found.ended_at or now


def run_due(session: Session, district_code: str, *, now: datetime) -> int:
    """Make the reports whose period has ended, from six in the morning on; return how many.

    Each makes (or finds) the edition of its period and writes one message to the log, from
    which whoever asked for it is told. The row remembers how far it is, in the same
    transaction: told once, whoever runs this and however often. After a long stop of the
    server only the newest period is made.
    """
    reference = reference_of(session, district_code)
    local = now.astimezone(reference.zone)
    today = local.date() if local.time() >= MADE_AT else local.date() - timedelta(days=1)
    made = 0
    for row in period_reports.lock_schedules(session, district_code):
        newest = containing(PeriodKind(row.kind), today).before()
        if made >= A_ROUND or newest.last <= row.done_until:
            continue
        row.done_until = newest.last
        report = _made(session, row, newest, now)
        if report is None:
            row.ended_at = now  # the person left, or the area is not theirs any more
            continue
        _tell(session, report, row.person_id, now)
        made += 1
    return made


def _made(
    session: Session, row: ReportSchedule, period: ReportPeriod, now: datetime
) -> PeriodReport | None:
    person = session.get(Person, row.person_id)
    if person is None or not person.active:
        return None
    today = reference_of(session, row.district_code).local_day(now)
    actor = people.load_actor(session, person, today)
    try:
        view = view_of(session, actor, row.area_code, period)
    except (NotFound, NotAllowed):
        return None
    return reports.make(session, view, period, language=row.language, now=now)


def _tell(session: Session, report: PeriodReport, person_id: UUID, now: datetime) -> None:
    body = {"report": str(report.id), "people": [str(person_id)], "kind": report.kind}
    messages.append(session, report.district_code, MessageKind.REPORT_MADE, at=now, body=body)
