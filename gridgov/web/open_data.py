"""Open data: files as CSV and JSON, sent while they are read, and the dictionary."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import Response, request, stream_with_context, url_for
from sqlalchemy import inspect
from werkzeug.http import quote_etag

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.publishing import Rules, safe_csv
from gridgov.services import publishing
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import editions
from gridgov.storage.editions import PAGE, Edition
from gridgov.storage.session import read_only
from gridgov.web.access import home_district, public
from gridgov.web.open_base import downloads, everybody, links, looks, month_words, page
from gridgov.web.open_dictionary import FILES, File, document, names_of, values

FORM = 1  # of the files; a new one makes every kept file an old one
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
KEPT_S = 3600
BOM = "\ufeff"  # without it a spreadsheet reads Chinese as something else


@everybody.get("/data")
@public("which months of open data there are, and what they hold")
@looks
def data() -> Response:
    """Show what can be downloaded, and the dictionary."""
    reference, rules, told = _state()
    context = {
        "links": links("data"),
        "has_data": rules.data,
        "k": rules.k,
        "cell_m": rules.cell_m,
        "licence": rules.licence,
        "licence_url": rules.licence_url,
        "months": [
            {
                "month": month_words(one.month),
                "cases": one.cases,
                "made": f"{one.made_at.astimezone(reference.zone):%Y-%m-%d}",
            }
            for one in told
        ],
        "files": [
            {
                "name": file.name,
                "title": str(file.title),
                "words": str(file.words),
                "fields": file.fields,
                "csv_url": url_for("open.download", name=file.name, kind="csv"),
                "json_url": url_for("open.download", name=file.name, kind="json"),
            }
            for file in FILES.values()
        ],
    }
    return page("open/data.html", context)


def _state() -> tuple[Reference, Rules, list[Edition]]:
    """Return the district, its rules and what it has published, newest month first."""
    with read_only() as session:
        reference = references.of(session, home_district())
        rules = publishing.rules_of(session, reference.district_code)
        told = editions.editions(session, reference.district_code) if rules.data else ()
    return reference, rules, [one for one in told if one.cases]


@everybody.get("/data/dictionary.json")
@public("what the files of open data hold")
@looks
def dictionary() -> Response:
    """Return the dictionary for programs, in both languages."""
    reference, rules, told = _state()
    body = {
        "publisher": {"zh-Hans": reference.name, "en": reference.name_en},
        "district": reference.district_code,
        "licence": {"name": rules.licence, "url": rules.licence_url} if rules.licence else None,
        "datum": "WGS-84",
        "least_cases": rules.k,
        "square_m": rules.cell_m,
        "months": [month_words(one.month) for one in told],
        "files": [
            document(file)
            | {kind: url_for("open.download", name=file.name, kind=kind) for kind in TYPES}
            for file in FILES.values()
        ],
    }
    response = Response(json.dumps(body, ensure_ascii=False), content_type=TYPES["json"])
    return _shared(response, response.get_data(), None)


@everybody.get("/data/<any(cells, cases, received):name>.<any(csv, json):kind>")
@public("open data: groups of no fewer than k cases")
@downloads
def download(name: str, kind: str) -> Response:
    """Send a file of open data; `month=2026-11` takes one month of it.

    Raises: NotFound while the district publishes none, InvalidInput (field month).
    """
    reference, rules, told = _state()
    if not rules.data:
        raise NotFound("this district publishes no open data")
    told = told[::-1]
    month = _month(request.args.get("month", ""))
    if month is not None:
        told = [one for one in told if one.month == month]
    file = FILES[name]
    rows = _rows(file, reference, told)
    head = [field.name for field in file.fields]
    body = _as_csv(head, rows) if kind == "csv" else _as_json(head, rows, rules)
    response = Response(stream_with_context(body), content_type=TYPES[kind])
    suffix = f"-{month:%Y-%m}" if month is not None else ""
    file_name = f"{reference.district_code}-{name}{suffix}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    mark = repr((FORM, name, kind, month, rules, [(one.month, one.made_at) for one in told]))
    newest = max((one.made_at for one in told), default=None)
    return _shared(response, mark.encode(), newest)


def _month(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidInput("month", "invalid", text=text) from error


def _shared(response: Response, mark: bytes, changed: datetime | None) -> Response:
    """Let an answer that is the same for all be kept, by its mark and age."""
    response.headers["ETag"] = quote_etag(hashlib.sha256(mark).hexdigest()[:32])
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.last_modified = changed
    response.make_conditional(request)
    return response


def _rows(file: File, reference: Reference, told: Sequence[Edition]) -> Iterator[list[Any]]:
    """Yield the rows of months, a page of the database at a time: a month never changes."""
    area, category = names_of(reference)
    for edition in told:
        after: tuple[Any, ...] | None = None
        full = True
        while full:
            with read_only() as session:
                found = editions.page(
                    session, file.model, edition.district_code, edition.month, after
                )
            for row in found:
                yield values(row, area, category)
            full = len(found) == PAGE
            after = inspect(found[-1]).identity[2:] if full else None


def _as_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    file.write(BOM)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow([safe_csv(value) for value in row])
        if number % PAGE == 0:
            yield file.getvalue()
            file.seek(0)
            file.truncate()
    yield file.getvalue()


def _as_json(head: Sequence[str], rows: Iterable[Sequence[Any]], rules: Rules) -> Iterator[str]:
    about = {
        "dictionary": url_for("open.dictionary"),
        "licence": {"name": rules.licence, "url": rules.licence_url} if rules.licence else None,
    }
    yield json.dumps(about, ensure_ascii=False)[:-1] + ', "rows": ['
    first = True
    for row in rows:
        text = json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False)
        yield ("\n" if first else ",\n") + text
        first = False
    yield "\n]}\n"
