"""A file of people, duties, units, classes, days, or a pack: uploaded, looked at, then done.

What was uploaded is kept for an hour for its owner, so that looking and doing are about the
same file; doing is refused where it would do something else than what was looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import GridgovError, InvalidInput, NotFound
from gridgov.domain.table_imports import ChangeKind, Plan, PlanChanged, Table, TableRefused
from gridgov.gateways.area_uploads import AreaUpload
from gridgov.services.setup_base import Options, Source
from gridgov.web import table_words
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, context, owner
from gridgov.web.downloads import EXCEL
from gridgov.web.errors import status_of
from gridgov.web.i18n import language
from gridgov.web.instance import instance, utc_now
from gridgov.web.uploads import received

CHANGES_SHOWN, REFUSALS_SHOWN = 300, 300
PACK, CALENDAR = "pack", "calendar"
# Where each table is looked at.
HOME = {
    Table.PEOPLE: "admin.list_people",
    Table.DUTIES: "admin.list_people",
    Table.UNITS: "admin.list_units",
    Table.CATALOGUE: "admin.list_classes",
    PACK: "admin.show_pack",
    CALENDAR: "admin.show_calendar",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done with a kept file."""

    table: str
    options: Options

    @classmethod
    def of(cls, table: str) -> "Asked":
        """Read the address. Raises: NotFound for a table that is none."""
        if table not in HOME:
            raise NotFound(f"no table {table}")
        given = request.values
        return cls(table, Options(bool(given.get("whole")), bool(given.get("committees"))))

    def look(self, path: Path, now: datetime) -> Plan:
        """Return what the file would do. Raises: InvalidInput."""
        files, actor = instance().setup_files, current_actor()
        return files.dry_run(path, self.table, self.options, by=actor, now=now)

    def run(self, path: Path, now: datetime, expected: str) -> Plan:
        """Do what was looked at. Raises: InvalidInput, TableRefused, PlanChanged."""
        source = Source(current_actor(), path.name)
        return instance().setup_files.run(
            path, self.table, self.options, source=source, now=now, expected=expected
        )


@admin.get("/template/<table>.xlsx")
@requires(*CHANGE, area=AREA)
def table_template(table: str) -> BaseResponse:
    """Send an Excel file to fill in. Raises: NotFound."""
    if table not in set(Table):
        raise NotFound(f"no table {table}")
    answer = make_response(
        instance().setup_files.template(Table(table), english=language() == "en")
    )
    answer.mimetype = EXCEL
    answer.headers.set("Content-Disposition", "attachment", filename=f"{table}.xlsx")
    return answer


@admin.get("/import/<table>")
@requires(*CHANGE, area=AREA)
def table_import(table: str) -> str:
    """Show the form for a file. Raises: NotFound."""
    return _start(Asked.of(table), {})


def _start(asked: Asked, errors: dict[str, str]) -> str:
    return render_template(
        "admin/setup-import.html",
        **context(HOME[asked.table]) | {"errors": errors},
        **_about(asked),
    )


def _about(asked: Asked) -> dict[str, Any]:
    has_template = asked.table in set(Table)
    return {
        "table": asked.table,
        "table_word": str(table_words.TABLE_WORDS[asked.table]),
        "back": url_for(HOME[asked.table]),
        "template": url_for("admin.table_template", table=asked.table) if has_template else None,
        "options": asked.options,
        "is_pack": asked.table == PACK,
        "is_calendar": asked.table == CALENDAR,
        "asks_committees": asked.table == Table.UNITS,
    }


@admin.post("/import/<table>")
@requires(*CHANGE, area=AREA)
def table_upload(table: str) -> BaseResponse:
    """Keep a file and lead to what it would do. Raises: NotFound."""
    asked = Asked.of(table)
    try:
        file = next(iter(received("file")), None)
        if file is None:
            raise InvalidInput("file", "missing")
        kept = instance().area_uploads.keep(
            (file.stream, file.filename or ""), None, owner=owner(current_actor()), now=utc_now()
        )
    except InvalidInput as error:
        return make_response(_start(asked, {"file": table_words.of_file(error)}), 400)
    return redirect(_address(asked, kept.token), code=303)


def _address(asked: Asked, token: str) -> str:
    query: dict[str, Any] = {"whole": 1} if asked.options.whole else {}
    query |= {"committees": 1} if asked.options.committees else {}
    return url_for("admin.table_plan", table=asked.table, token=token, **query)


def _kept(token: str) -> AreaUpload:
    """Return the person's own kept file. Raises: NotFound."""
    return instance().area_uploads.find(token, owner=owner(current_actor()), now=utc_now())


@admin.get("/import/<table>/<token>")
@requires(*CHANGE, area=AREA)
def table_plan(table: str, token: str) -> BaseResponse:
    """Show what a kept file would do; nothing is written. Raises: NotFound."""
    asked, kept = Asked.of(table), _kept(token)
    return _guarded(asked, lambda: _plan_page(asked, kept, asked.look(kept.file, utc_now())))


def _guarded(asked: Asked, act: Callable[[], BaseResponse]) -> BaseResponse:
    """Return what an act answers, or the form again with what is wrong with the file."""
    try:
        return act()
    except InvalidInput as error:
        page = _start(asked, {"file": table_words.of_file(error)})
        return make_response(page, status_of(error))


def _plan_page(
    asked: Asked, kept: AreaUpload, plan: Plan, error: GridgovError | None = None
) -> BaseResponse:
    changes = [
        {
            "kind": str(table_words.KIND_WORDS[one.kind]),
            "mark": str(one.kind),
            "key": one.key,
            "name": one.name,
            "line": one.place.line or "",
            "fields": table_words.fields_of(plan, one),
        }
        for one in sorted(plan.done(), key=lambda one: list(ChangeKind).index(one.kind))
    ]
    refusals = [
        {
            "where": table_words.where(one),
            "cell": one.cell,
            "column": table_words.column(plan.table, one.column) if one.column else "",
            "value": one.value,
            "words": table_words.reason(one),
        }
        for one in plan.refusals
    ]
    counts = plan.counts()
    page = {
        **context(HOME[asked.table]),
        **_about(asked),
        "file": kept.file.name,
        "token": kept.token,
        "fingerprint": plan.fingerprint(),
        "counts": [
            {"word": str(word), "value": counts[kind], "mark": str(kind)}
            for kind, word in table_words.KIND_WORDS.items()
        ],
        "changes": changes[:CHANGES_SHOWN],
        "more_changes": max(0, len(changes) - CHANGES_SHOWN),
        "refusals": refusals[:REFUSALS_SHOWN],
        "more_refusals": max(0, len(refusals) - REFUSALS_SHOWN),
        "ignored": plan.ignored,
        "changed_meanwhile": error is not None,
        "may_run": bool(changes) and not refusals,
    }
    status = 409 if error is not None else 422 if refusals else 200
    return make_response(render_template("admin/setup-plan.html", **page), status)


@admin.post("/import/<table>/<token>")
@requires(*CHANGE, area=AREA)
def table_run(table: str, token: str) -> BaseResponse:
    """Do what a kept file says, as it was looked at. Raises: NotFound."""
    asked, kept = Asked.of(table), _kept(token)
    return _guarded(asked, lambda: _run(asked, kept))


def _run(asked: Asked, kept: AreaUpload) -> BaseResponse:
    try:
        plan = asked.run(kept.file, utc_now(), request.form.get("fingerprint", ""))
    except (PlanChanged, TableRefused) as error:
        return _plan_page(asked, kept, asked.look(kept.file, utc_now()), error)
    instance().area_uploads.remove(kept.token)
    flash(
        _(
            "%(table)s from %(file)s: %(counts)s.",
            table=table_words.TABLE_WORDS[asked.table],
            file=kept.file.name,
            counts=table_words.counted(plan),
        )
    )
    return redirect(url_for(HOME[asked.table]), code=303)
