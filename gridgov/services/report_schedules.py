"""Reports that are made by themselves after each period, and told to who asked for them."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
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
    unit: str = "",
) -> ReportSchedule:
    """Let an actor get the report of an area after each period, from the one that runs now.

    `unit` asks for that of one unit's cases alone. Raises: NotFound, NotAllowed for an area
    whose board is not the actor's, InvalidInput (unit) for a unit the district does not have.
    """
    if actor.person_id is None:
        raise NotAllowed("only people get reports")
    reference = reference_of(session, actor.district_code)
    if unit and unit not in reference.units:
        raise InvalidInput("unit", "unknown", code=unit)
    today = reference.local_day(now)
    view_of(session, actor, area_code, containing(PeriodKind.DAY, today))
    done = containing(kind, today).before().last
    for known in period_reports.schedules_of(session, actor.person_id, ended=True):
        if (known.area_code, known.unit_code, known.kind) == (area_code, unit, str(kind)):
            if known.ended_at is not None:
                known.ended_at, known.done_until = None, done
            known.language = language
            return known
    made = ReportSchedule(
        district_code=actor.district_code,
        area_code=area_code,
        unit_code=unit,
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
    server only the newest period is made. What was told is looked at again each day: if a
    case came into its counts or was taken out, whoever was told gets the corrected edition.
    """
    reference = reference_of(session, district_code)
    local = now.astimezone(reference.zone)
    today = local.date() if local.time() >= MADE_AT else local.date() - timedelta(days=1)
    told = looked_at = 0
    for row in period_reports.lock_schedules(session, district_code):
        newest = containing(PeriodKind(row.kind), today).before()
        fresh = newest.last > row.done_until
        if looked_at >= A_ROUND or not (fresh or _to_look_at(row, today)):
            continue
        looked_at += 1
        if _to_look_at(row, today):
            told += _told_again(session, row, now)
        row.checked_on = today
        if fresh and row.ended_at is None:
            told += _told_newest(session, row, newest, now)
    return told


def _to_look_at(row: ReportSchedule, today: date) -> bool:
    """Tell whether a report that was told has not been looked at again today."""
    return row.told_edition > 0 and (row.checked_on is None or row.checked_on < today)


def _told_newest(
    session: Session, row: ReportSchedule, period: ReportPeriod, now: datetime
) -> bool:
    """Make the report of a period that has ended, and tell; False if nobody is left to tell."""
    row.done_until = period.last
    report = _made(session, row, period, now)
    if report is None:
        return False
    _tell(session, report, row, now)
    return True


def _told_again(session: Session, row: ReportSchedule, now: datetime) -> bool:
    """Make the report told last once more; tell if an edition since then corrects it."""
    period = containing(PeriodKind(row.kind), row.done_until)
    report = _made(session, row, period, now, corrections_only=True)
    if report is None:
        return False
    newer = [
        one
        for one in period_reports.editions_like(session, report)
        if one.edition > row.told_edition
    ]
    if not any(one.corrects for one in newer):
        return False
    _tell(session, report, row, now)
    return True


def _made(
    session: Session,
    row: ReportSchedule,
    period: ReportPeriod,
    now: datetime,
    *,
    corrections_only: bool = False,
) -> PeriodReport | None:
    """Return the report of a schedule; None, and end it, if it is not the person's any more."""
    person = session.get(Person, row.person_id)
    if person is None or not person.active:
        row.ended_at = now
        return None
    today = reference_of(session, row.district_code).local_day(now)
    actor = people.load_actor(session, person, today)
    try:
        view = view_of(session, actor, row.area_code, period)
    except (NotFound, NotAllowed):
        row.ended_at = now
        return None
    return reports.make(
        session,
        view,
        period,
        language=row.language,
        now=now,
        unit=row.unit_code,
        corrections_only=corrections_only,
    )


def _tell(session: Session, report: PeriodReport, row: ReportSchedule, now: datetime) -> None:
    row.told_edition = report.edition
    reference = reference_of(session, report.district_code)
    kind = PeriodKind(report.kind)
    body = {
        "report": str(report.id),
        "people": [str(row.person_id)],
        "kind": report.kind,
        "name": [reports.subject(reference, report, language) for language in ("zh", "en")],
        "period": containing(kind, report.first_day).code,
        "edition": report.edition,
    }
    messages.append(session, report.district_code, MessageKind.REPORT_MADE, at=now, body=body)
