"""A file of areas becomes a draft: uploaded, said what it means, looked at, and made.

What was uploaded is kept for a while, so that a second look, another datum or another
column needs no second upload. Nothing here changes the net of the day.
"""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.area_imports import Imported, Looked, UnusableFeatures
from gridgov.domain.errors import GridgovError, InvalidInput
from gridgov.gateways.area_uploads import AreaUpload
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import area_file_words as said
from gridgov.web import grids_import_form as forms
from gridgov.web.access import current_actor, requires
from gridgov.web.errors import status_of
from gridgov.web.grids import AREA, CHANGE, clock, context, grids
from gridgov.web.grids_versions import check_note
from gridgov.web.instance import instance, utc_now
from gridgov.web.uploads import received

START, TELL = "grids.import_start", "grids.import_tell"
PROBLEMS_SHOWN = 50
REMARKS_SHOWN = 4


@grids.get("/import")
@requires(*CHANGE, area=AREA)
def import_start() -> str:
    """Show the form for a file."""
    return render_template("admin/grids-import-start.html", **_head(START), errors={})


@grids.post("/import")
@requires(*CHANGE, area=AREA)
def import_upload() -> BaseResponse:
    """Keep a file and lead to what it holds."""
    store, now = instance().area_uploads, utc_now()
    try:
        file, mapping = _one("file"), _one("mapping")
        if file is None:
            raise InvalidInput("file", "missing")
        kept = store.keep(
            (file.stream, file.filename or ""),
            None if mapping is None else (mapping.stream, mapping.filename or ""),
            owner=_owner(),
            now=now,
        )
    except InvalidInput as error:
        page = {**_head(START), "errors": {error.field: said.of(error)}}
        return make_response(render_template("admin/grids-import-start.html", **page), 400)
    return redirect(url_for(TELL, token=kept.token), code=303)


def _one(field: str) -> FileStorage | None:
    return next(iter(received(field)), None)


def _owner() -> str:
    return str(current_actor().person_id)


def _kept(token: str) -> AreaUpload:
    """Return the person's own kept file. Raises: NotFound."""
    return instance().area_uploads.find(token, owner=_owner(), now=utc_now())


def _head(here: str) -> dict[str, Any]:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
    return {
        **context(actor, reference, here),
        "version": None,
        "most_mb": instance().area_uploads.most_bytes // 2**20,
    }


@grids.get("/import/<token>")
@requires(*CHANGE, area=AREA)
def import_tell(token: str) -> BaseResponse:
    """Show what a kept file holds, and ask what it means. Raises: NotFound."""
    return _tell(_kept(token), forms.Told.asked(request.args))


def _tell(kept: AreaUpload, told: forms.Told, error: GridgovError | None = None) -> BaseResponse:
    """Return the form for a kept file: guessed, or as it was filled when it was refused."""
    looked, unread = _look(kept, told)
    wrong = error or unread
    page = {
        **_head(TELL),
        **forms.shown(looked, told),
        "token": kept.token,
        "file": kept.file.name,
        "mapping": None if kept.mapping is None else kept.mapping.name,
        "until": _until(kept),
        **_wrong(wrong),
    }
    status = 200 if wrong is None else status_of(wrong)
    return make_response(render_template("admin/grids-import.html", **page), status)


def _look(kept: AreaUpload, told: forms.Told) -> tuple[Looked | None, GridgovError | None]:
    try:
        files = instance().area_files
        found = files.look(kept.file, kept.mapping, layer=told.layer, encoding=told.encoding)
    except InvalidInput as error:
        return None, error
    return found, None


def _until(kept: AreaUpload) -> str:
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
    # To the minute, and rather one too few: what is promised is kept.
    until = clock(kept.until - timedelta(seconds=59), reference) or ""
    return until[-5:]


def _wrong(error: GridgovError | None) -> dict[str, Any]:
    """Return where the sentences of a refusal stand: at fields, above them, or as a list."""
    shown: dict[str, Any] = {"errors": {}, "refusal": None, "stop": None, "problems": None}
    if error is None:
        return shown
    sentence = said.of(error)
    if isinstance(error, UnusableFeatures):
        return shown | {"refusal": sentence, "problems": _problems(error)}
    if isinstance(error, InvalidInput):
        if (error.field, error.reason) in forms.STOPS:
            return shown | {"stop": forms.stop(error, sentence)}
        if error.field in forms.AT_FIELD:
            return shown | {"errors": {error.field: sentence}}
        if error.field == "layer":
            return shown | {"refusal": sentence, "layers": list(error.values.get("layers", ()))}
    return shown | {"refusal": sentence}


def _problems(error: UnusableFeatures) -> dict[str, Any]:
    rows = [
        {"number": one.number, "code": one.code, "words": said.of_problem(one)}
        for one in error.problems[:PROBLEMS_SHOWN]
    ]
    return {"rows": rows, "more": max(0, len(error.problems) - PROBLEMS_SHOWN)}


@grids.post("/import/<token>")
@requires(*CHANGE, area=AREA)
def import_make(token: str) -> BaseResponse:
    """Make a draft of a kept file as it was said to mean. Raises: NotFound."""
    kept = _kept(token)
    told = forms.Told.sent(request.form)
    try:
        check_note(told.note)
        found = _load(kept, told)
    except UnusableFeatures as error:
        if request.form.get("report"):
            return _report(error, kept.file.stem)
        return _tell(kept, told, error)
    except GridgovError as error:
        return _tell(kept, told, error)
    instance().area_uploads.remove(token)
    return _done(found, kept.file.name)


def _load(kept: AreaUpload, told: forms.Told) -> Imported:
    actor = current_actor()
    what = told.as_told(actor.district_code)
    files = instance().area_files
    return files.load(kept.file, kept.mapping, what, by=actor, now=utc_now())


def _done(found: Imported, file: str) -> BaseResponse:
    if found.draft is None:
        flash(
            _(
                "%(file)s is the same as the active net, corner by corner. Nothing was changed.",
                file=file,
            )
        )
        return redirect(url_for("grids.versions"), code=303)
    flash(
        _(
            "Draft %(number)s is made of %(count)s areas of %(file)s, read as %(frame)s. "
            "Nothing is live until it is activated.",
            number=found.draft,
            count=found.areas,
            file=file,
            frame=found.frame,
        )
    )
    for remark in found.remarks[:REMARKS_SHOWN]:
        flash(said.of_remark(remark), "info")
    return redirect(url_for("grids.editor", number=found.draft), code=303)


def _report(error: UnusableFeatures, stem: str) -> Response:
    """Return all that is wrong as a CSV file, with a mark so that Excel reads the Chinese."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow([_("Feature"), _("Code"), _("What is wrong")])
    for one in error.problems:
        rows.writerow([one.number, _as_text(one.code), said.of_problem(one)])
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{stem}.csv")
    return response


def _as_text(code: str) -> str:
    """Return a code that no spreadsheet takes for a formula."""
    return f"'{code}" if code[:1] in ("=", "+", "-", "@", "\t", "\r") else code


@grids.post("/import/<token>/drop")
@requires(*CHANGE, area=AREA)
def import_drop(token: str) -> BaseResponse:
    """Forget a kept file. Raises: NotFound."""
    instance().area_uploads.remove(_kept(token).token)
    return redirect(url_for(START), code=303)
