"""报表: reports of periods, made, read, taken along as Word and Excel, and sent by themselves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain import books
from gridgov.domain.areas import AreaKind
from gridgov.domain.books import Chart, Kind, Table, written
from gridgov.domain.errors import InvalidInput, NotAllowed, NotFound
from gridgov.domain.report_periods import PeriodKind, ReportPeriod, containing, read
from gridgov.domain.roles import Actor
from gridgov.domain.scope import board_areas
from gridgov.gateways import book_excel, book_word
from gridgov.services import period_reports as reports
from gridgov.services import reference as references
from gridgov.services import report_schedules
from gridgov.services.reference import Reference
from gridgov.services.report_words import SHEETS
from gridgov.storage import period_reports as store
from gridgov.storage.period_reports import PeriodReport, ReportSchedule
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.downloads import EXCEL, WORD, download
from gridgov.web.i18n import language, pick
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of
from gridgov.web.shell import WATCHING

report_pages = Blueprint("reports", __name__, url_prefix="/reports")

AREA = "areas whose board the person may open"
LATEST = 30
KIND_WORDS = {
    PeriodKind.DAY: _l("Daily report"),
    PeriodKind.WEEK: _l("Weekly report"),
    PeriodKind.MONTH: _l("Monthly report"),
    PeriodKind.QUARTER: _l("Quarterly report"),
    PeriodKind.YEAR: _l("Annual report"),
}


@report_pages.get("")
@requires(*WATCHING, area=AREA)
def show() -> str:
    """Show the form for a report, those made last, and what comes by itself."""
    return _page(_values(), {})


def _values() -> dict[str, str]:
    kind = request.args.get("kind", "month")
    kind = kind if kind in set(PeriodKind) else "month"
    return {
        "kind": kind,
        "period": request.args.get("period", ""),
        "area": request.args.get("area", ""),
        "unit": request.args.get("unit", ""),
        "language": "en" if language() == "en" else "zh",
    }


def _page(values: dict[str, str], errors: dict[str, str]) -> str:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        head = shell.staff_context(actor, "reports", reference)
        areas = _areas(actor, reference)
        yesterday = reference.local_day(now) - timedelta(days=1)
        latest = store.latest(session, actor.district_code, [one["value"] for one in areas], LATEST)
        mine = [] if actor.person_id is None else store.schedules_of(session, actor.person_id)
        rows = [_row(one, reference) for one in latest]
        schedules = [
            {
                "words": str(KIND_WORDS[PeriodKind(one.kind)]),
                "area": _subject(reference, one),
                "end_url": url_for("reports.end_schedule", schedule_id=one.id),
            }
            for one in mine
        ]
    kind = values["kind"] if values["kind"] in set(PeriodKind) else PeriodKind.MONTH
    suggested = containing(PeriodKind(kind), yesterday).before()
    return render_template(
        "board/reports.html",
        **head,
        kinds=[{"value": str(kind), "words": str(said)} for kind, said in KIND_WORDS.items()],
        areas=areas,
        units=_units(reference),
        values={**values, "period": values["period"] or suggested.code},
        errors=errors,
        rows=rows,
        schedules=schedules,
    )


def _areas(actor: Actor, reference: Reference) -> list[dict[str, str]]:
    """Return the areas the person may report on: granted ones, and towns and villages below."""
    found, waiting = [], sorted(board_areas(actor), key=lambda code: (len(code), code))
    seen: set[str] = set()
    while waiting:
        code = waiting.pop(0)
        area = reference.net.find(code)
        if area is None or code in seen:
            continue
        seen.add(code)
        found.append({"value": code, "words": name_of(area)})
        if area.kind in (AreaKind.DISTRICT, AreaKind.TOWN):
            below = [one.code for one in reference.net.children(code)]
            waiting = below + waiting
    return found


def _units(reference: Reference) -> list[dict[str, str]]:
    """Return whose cases a report may be of: all units, or one."""
    found = [unit for unit in reference.units.values() if not unit.ended]
    named = [{"value": unit.code, "words": pick(unit.name, unit.name_en)} for unit in found]
    return [{"value": "", "words": _("All units")}, *named]


def _subject(reference: Reference, one: PeriodReport | ReportSchedule) -> str:
    return reports.subject(reference, one, language()) or one.area_code


def _row(one: PeriodReport, reference: Reference) -> dict[str, Any]:
    return {
        "url": url_for("reports.one", report_id=one.id),
        "words": str(KIND_WORDS[PeriodKind(one.kind)]),
        "period": _period(one).code,
        "area": _subject(reference, one),
        "edition": one.edition,
        "made": words.clock(one.made_at, utc_now(), reference.zone),
        "changes": len(one.changes),
        "corrects": one.corrects,
    }


def _period(one: PeriodReport) -> ReportPeriod:
    return ReportPeriod(PeriodKind(one.kind), one.first_day, one.last_day)


@report_pages.post("")
@requires(*WATCHING, area=AREA)
def make() -> BaseResponse | tuple[str, int]:
    """Make the report that was asked for, or find the edition that says the same."""
    actor, now = current_actor(), utc_now()
    asked = ("kind", "period", "area", "unit", "language")
    values = {name: request.form.get(name, "") for name in asked}
    try:
        kind = _kind(values["kind"])
        period = read(kind, values["period"])
        with unit_of_work() as session:
            view = report_schedules.view_of(session, actor, values["area"], period)
            made = reports.make(
                session,
                view,
                period,
                language="en" if values["language"] == "en" else "zh",
                now=now,
                unit=values["unit"],
                by=actor.person_id,
            )
            report_id = made.id
    except InvalidInput as error:
        return _page(values, _why_not(error)), 422
    except (NotFound, NotAllowed):
        return _page(values, {"area": _("Choose an area whose board you may open.")}), 422
    return redirect(url_for("reports.one", report_id=report_id), 303)


def _kind(code: str) -> PeriodKind:
    if code not in set(PeriodKind):
        raise InvalidInput("period", "no_such_period", text=code)
    return PeriodKind(code)


def _why_not(error: InvalidInput) -> dict[str, str]:
    """Return field → what is wrong with it."""
    if error.field == "unit":
        return {"unit": _("This district has no such unit.")}
    if error.reason == "not_begun":
        return {"period": _("This period has not begun yet.")}
    return {
        "period": _(
            "“%(text)s” is no such period. Write a day as 2020-09-30, a week as 2020-W36, a month "
            "as 2020-09, a quarter as 2020-Q3, a year as 2020.",
            text=error.values.get("text", ""),
        )
    }


def _readable(session: Session, report_id: UUID) -> PeriodReport:
    """Return a report the person may read. Raises: NotFound."""
    found = session.get(PeriodReport, report_id)
    actor = current_actor()
    if found is None or found.district_code != actor.district_code:
        raise NotFound("no such report")
    try:
        report_schedules.view_of(session, actor, found.area_code, _period(found))
    except (NotFound, NotAllowed) as error:
        raise NotFound("no such report") from error
    return found


@report_pages.get("/<uuid:report_id>")
@requires(*WATCHING, area=AREA)
def one(report_id: UUID) -> str:
    """Show a report as it was made, with its files and its other editions."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = _readable(session, report_id)
        head = shell.staff_context(actor, "reports", reference)
        editions = store.editions_like(session, found)
        rows = [_row(one, reference) for one in editions]
        book = books.from_json(found.book)
        shown = {
            "lang": "en" if found.language == "en" else "zh-Hans",
            "word_url": url_for("reports.word", report_id=report_id),
            "excel_url": url_for("reports.excel", report_id=report_id),
            "edition": found.edition,
        }
    sections = [
        {"heading": part.heading, "blocks": [_block(block) for block in part.blocks]}
        for part in book.sections
    ]
    return render_template(
        "board/report.html", **head, book=book, sections=sections, report=shown, editions=rows
    )


def _block(block: books.Block) -> dict[str, Any]:
    if isinstance(block, Table):
        kinds = [column.kind for column in block.columns]
        return {
            "table": block.title,
            "columns": [
                {"name": column.name, "number": column.kind is not Kind.TEXT}
                for column in block.columns
            ],
            "rows": [_texts(row, kinds) for row in block.rows],
            "total": None if block.total is None else _texts(block.total, kinds),
            "note": block.note,
        }
    if isinstance(block, Chart):
        kind = Kind.SHARE if block.share else Kind.COUNT
        return {
            "chart": block.title,
            "words": block.words,
            "names": [name for name, _values in block.series],
            "rows": [
                [category, *(written(values[n], kind) for _name, values in block.series)]
                for n, category in enumerate(block.categories)
            ],
        }
    return {"text": block}


def _texts(row: Any, kinds: list[Kind]) -> list[str]:
    return [written(cell, kind) for cell, kind in zip(row, kinds, strict=True)]


@report_pages.get("/<uuid:report_id>/report.docx")
@requires(*WATCHING, area=AREA)
def word(report_id: UUID) -> Response:
    """Send a report as a Word file."""
    with read_only() as session:
        found = _readable(session, report_id)
        book, chinese, name = books.from_json(found.book), found.language != "en", _name(found)
    return download(book_word.draw(book, chinese=chinese), WORD, f"{name}.docx")


@report_pages.get("/<uuid:report_id>/report.xlsx")
@requires(*WATCHING, area=AREA)
def excel(report_id: UUID) -> Response:
    """Send a report as an Excel file that says in each header whose copy it is."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        found = _readable(session, report_id)
        book, name = books.from_json(found.book), _name(found)
        local = utc_now().astimezone(reference.zone)
        contents, charts = (one.of(found.language) for one in SHEETS)
    mark = f"{actor.name} {local:%Y-%m-%d %H:%M}"
    return download(
        book_excel.draw(book, contents=contents, charts=charts, mark=mark), EXCEL, f"{name}.xlsx"
    )


def _name(found: PeriodReport) -> str:
    parts = [found.area_code, found.unit_code, _period(found).code, str(found.edition)]
    return "-".join(part for part in parts if part)


@report_pages.post("/schedules")
@requires(*WATCHING, area=AREA)
def add_schedule() -> BaseResponse | tuple[str, int]:
    """Let the person get a report after each period."""
    actor = current_actor()
    values = {name: request.form.get(name, "") for name in ("kind", "area", "unit")}
    try:
        with unit_of_work() as session:
            report_schedules.subscribe(
                session,
                actor,
                values["area"],
                _kind(values["kind"]),
                "en" if language() == "en" else "zh",
                now=utc_now(),
                unit=values["unit"],
            )
    except InvalidInput as error:
        return _page(_values() | values, _why_not(error)), 422
    except (NotFound, NotAllowed):
        return _page(
            _values() | values, {"area": _("Choose an area whose board you may open.")}
        ), 422
    shell.say_done(_("From the next period on it comes to you by itself."))
    return redirect(url_for("reports.show"), 303)


@report_pages.post("/schedules/<uuid:schedule_id>/end")
@requires(*WATCHING, area=AREA)
def end_schedule(schedule_id: UUID) -> BaseResponse:
    """Stop a report that comes by itself."""
    with unit_of_work() as session:
        report_schedules.end(session, current_actor(), schedule_id, now=utc_now())
    shell.say_done(_("It comes no more by itself."))
    return redirect(url_for("reports.show"), 303)
