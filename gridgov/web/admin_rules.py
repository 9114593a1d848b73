"""Administration: the working calendar, the configuration pack, and the workflow to read."""

from typing import Any

from flask import make_response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.workflow import PUBLIC_STATE, STEPS, CaseState
from gridgov.domain.workflow_diagram import as_mermaid
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.calendar import CalendarDay
from gridgov.storage.session import read_only
from gridgov.web import admin_setup, words, workflow_words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.i18n import pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.workflow_drawing import draw


@admin.get("/calendar")
@requires(*LOOK, area=AREA)
def show_calendar() -> str:
    """Show the years of the working calendar, and from when limits rest on a guess."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        years = listed(session, reference)
    calendar = reference.calendar
    today = reference.local_day(utc_now())
    return render_template(
        "admin/setup-calendar.html",
        **context("admin.show_calendar", reference),
        years=years,
        export_url=url_for("admin.export_calendar"),
        this_year=today.year,
        last=calendar.last.isoformat(),
        next_year=calendar.last.year + 1,
        is_late=calendar.last.year <= today.year and today.month >= 11,
        hours=[f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in calendar.hours],
        history=admin_setup.latest(reference, "calendar", "pack"),
    )


def listed(session: Session, reference: Reference) -> list[dict[str, Any]]:
    """Return the published years with the days that differ from Monday to Friday, newest first."""
    days = session.scalars(
        select(CalendarDay)
        .where(CalendarDay.district_code == reference.district_code)
        .order_by(CalendarDay.day)
    ).all()
    calendar = reference.calendar
    years: list[dict[str, Any]] = []
    for year in range(calendar.last.year, calendar.first.year - 1, -1):
        of_year = [day for day in days if day.day.year == year]
        years.append(
            {
                "year": year,
                "free": sum(not day.workday for day in of_year),
                "make_up": sum(day.workday for day in of_year),
                "source": of_year[-1].source if of_year else "",
                "days": [
                    {
                        "day": day.day.isoformat(),
                        "name": pick(day.name, day.name_en),
                        "workday": day.workday,
                    }
                    for day in of_year
                ],
            }
        )
    return years


@admin.get("/pack")
@requires(*LOOK, area=AREA)
def show_pack() -> str:
    """Show what a configuration pack holds, and the ways out and in."""
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
    return render_template(
        "admin/setup-pack.html",
        **context("admin.show_pack", reference),
        history=admin_setup.latest(reference, "pack"),
    )


@admin.get("/pack.json")
@requires(*CHANGE, area=AREA)
def pack_file() -> BaseResponse:
    """Send the district's configuration pack."""
    actor, now = current_actor(), utc_now()
    answer = make_response(
        instance().setup_files.pack(actor.district_code, request.args.get("notes", ""), now=now)
    )
    answer.mimetype = "application/json"
    name = f"gridgov-pack-{actor.district_code}-{now:%Y%m%d}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@admin.get("/workflow")
@requires(*LOOK, area=AREA)
def show_workflow() -> str:
    """Show what may happen to a case, drawn and listed from the table itself."""
    states = [
        {
            "code": str(state),
            "word": str(words.STATE_WORDS[state]),
            "public": str(words.PUBLIC_WORDS[PUBLIC_STATE[state]]),
            "steps": [
                {
                    "action": workflow_words.action(action),
                    "code": str(action),
                    "to": [str(words.STATE_WORDS[end]) for end in step.ends(state)],
                    "stays": step.ends(state) == (state,),
                    "who": [workflow_words.relation(one) for one in sorted(step.who)],
                    "needs": [workflow_words.need(one) for one in sorted(step.needs)],
                    "clock": workflow_words.clock(step.clock),
                }
                for (at, action), step in STEPS.items()
                if at is state
            ],
        }
        for state in CaseState
    ]
    return render_template(
        "admin/setup-workflow.html",
        **context("admin.show_workflow"),
        states=states,
        drawing=draw({state: str(words.STATE_WORDS[state]) for state in CaseState}),
        mermaid=as_mermaid(),
        count=len(STEPS),
    )
