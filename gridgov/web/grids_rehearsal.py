"""A draft rehearsed: maps and tables, before and after. Nothing changes by looking."""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.services import reference as references
from gridgov.services.grids import NotADraft
from gridgov.storage.session import read_only
from gridgov.web import rehearsal_maps, rehearsal_people, rehearsal_run, rehearsal_times, sentences
from gridgov.web import words as said
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.grids import AREA, LOOK, context, described, grids, steps, version_of
from gridgov.web.rehearsal_run import Run
from gridgov.web.rehearsal_tables import GridTable, as_rows, grid_table

HERE = "grids.rehearsal"
# A page of more rows is read by nobody: the file has them all.
MOST_ROWS = 1_000


@grids.get("/<int:number>/rehearsal")
@requires(*LOOK, area=AREA)
def rehearsal(number: int) -> BaseResponse:
    """Show what a draft would change, reckoned over the cases of some months."""
    if request.args.get("anew"):
        rehearsal_run.forget(number)
        kept: dict[str, Any] = request.args.to_dict()
        kept.pop("anew")
        return redirect(url_for(HERE, number=number, **kept), code=303)
    try:
        run = rehearsal_run.run(number)
    except (NotADraft, InvalidInput) as error:
        return _refused(number, error)
    page = {**_head(number), **_shown(run)}
    return make_response(render_template("admin/grids-rehearsal.html", **page))


def _head(number: int) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        version = version_of(session, actor, number)
        reference = references.of(session, actor.district_code)
        return {
            **context(actor, reference, HERE),
            "version": described(version, reference),
            "steps": steps(version, HERE),
        }


def _refused(number: int, error: GridgovError) -> BaseResponse:
    """Say why there is nothing to rehearse: no draft any more, areas that make no net, a time."""
    page = {**_head(number), "refusal": sentences.of(error), "number": number}
    html = render_template("admin/grids-rehearsal.html", **page)
    return make_response(html, status_of(error))


def _shown(run: Run) -> dict[str, Any]:
    reference, table = run.script.reference, grid_table(run)
    number = run.draft.number
    return {
        "refusal": None,
        "number": number,
        "stale_base": run.draft.base_number if _is_stale(run) else None,
        "base": run.found.base,
        "times": rehearsal_times.links(number, run.time, reference, run.now),
        "time": {
            "first": run.time.first.isoformat(),
            "last": run.time.last.isoformat(),
            "days": run.time.days,
            "months": f"{run.found.outcome.months:.1f}",
            "is_ours": not run.time.chosen,
        },
        # A period of the past is over: no case can have come since.
        "as_of": said.clock(run.script.until, run.now, reference.zone)
        if run.time.last == reference.local_day(run.now)
        else None,
        "anew_url": url_for(HERE, number=number, anew=1, **run.time.query()),
        "outcome": run.found.outcome,
        "without_position": run.found.without_position,
        "confidential": int(run.found.replay.confidential.sum()),
        **_grids(table),
        **_people(run),
        "maps": rehearsal_maps.maps(run, table),
        "counts": {
            "old": len(reference.net.areas(AreaKind.GRID)),
            "new": len(run.script.net.areas(AreaKind.GRID)),
        },
        "files": _files(run),
    }


def _is_stale(run: Run) -> bool:
    return run.draft.base_number != run.script.reference.net.version


def _grids(table: GridTable) -> dict[str, Any]:
    same = table.same
    return {
        "changed": as_rows(table.changed[:MOST_ROWS]),
        "changed_more": max(0, len(table.changed) - MOST_ROWS),
        "same": as_rows(same[:MOST_ROWS]),
        "same_more": max(0, len(same) - MOST_ROWS),
        "same_sum": {
            "count": len(same),
            "before": sum(row.before for row in same),
            "after": sum(row.after for row in same),
            "open": sum(row.open_before for row in same),
        },
        "elsewhere": table.elsewhere,
        "total": table.total,
        "open_elsewhere": table.open_elsewhere,
        "open_total": table.open_total,
    }


def _people(run: Run) -> dict[str, Any]:
    everybody = rehearsal_people.workers(run)
    hands = rehearsal_people.hands(run)
    going = [row for row in hands if row.changes_hands]
    return {
        "workers": [row for row in everybody if row.is_changed][:MOST_ROWS],
        "workers_same": [row for row in everybody if not row.is_changed][:MOST_ROWS],
        "workers_same_count": sum(not row.is_changed for row in everybody),
        "spreads": rehearsal_people.spreads(run),
        "hands": going[:MOST_ROWS],
        "hands_count": len(going),
        "hands_stay": len(hands) - len(going),
        "hands_hidden": run.found.hidden_hands,
        "case_urls": rehearsal_people.openable(run, current_actor()),
        "vacant": rehearsal_people.vacant(run)[:MOST_ROWS],
        "vacant_count": len(run.found.outcome.vacant),
    }


def _files(run: Run) -> dict[str, str]:
    query = run.time.query()
    number = run.draft.number
    return {
        "xlsx": url_for("grids.rehearsal_xlsx", number=number, **query),
        **{
            name: url_for("grids.rehearsal_csv", number=number, table=name, **query)
            for name in ("cases", "grids", "people", "open")
        },
    }
