"""Closed history from elsewhere, written in bulk (architecture, 8.1).

What is not known is not invented: a request that was closed elsewhere gets the line
that it was received and the line that it was closed where it came from; one that is
open waits for a dispatcher, with nobody named. The workflow table and the chain are
those of every other case; only the writing is done many rows at a time. The messages
carry `origin: import`: counters fold them, boards and people are not told of each.

`prepare` needs no database, so that a unit of work holds its lock for the writing alone.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Category
from gridgov.domain.errors import Conflict
from gridgov.domain.fact_view import FactView
from gridgov.domain.messages import IMPORTED, MessageKind
from gridgov.domain.numbers import case_number
from gridgov.domain.workflow import OPEN_STATES, Action
from gridgov.services import districts as setup
from gridgov.services import timers
from gridgov.services.imported import Made, Outcome, PastRequest, Prepared, Row, token_of
from gridgov.services.reference import Reference
from gridgov.storage import bulk, districts, messages

__all__ = ["Outcome", "PastRequest", "Prepared", "extend_catalogue", "prepare", "unknown", "write"]


def unknown(
    session: Session, district_code: str, source: str, requests: Sequence[PastRequest]
) -> list[PastRequest]:
    """Return the requests that did not come before."""
    tokens = [token_of(source, request.external_id) for request in requests]
    known = bulk.known_tokens(session, district_code, tokens)
    return [one for one, token in zip(requests, tokens, strict=True) if token not in known]


def extend_catalogue(session: Session, district_code: str, entries: Sequence[Category]) -> None:
    """Add classes to the district's current catalogue; every process notices."""
    district = districts.get(session, district_code)
    setup.add_catalogue(session, district, entries)
    settings = district.settings
    district.settings = {**settings, "revision": settings.get("revision", 0) + 1}


def prepare(
    requests: Sequence[PastRequest], reference: Reference, *, source: str, now: datetime
) -> Prepared:
    """Turn requests into rows, sealed and ready to be written; `now` is the import.

    Raises: InvalidInput (field category) for a class the catalogue lacks.
    """
    batch = Prepared(reference.district_code)
    for request in requests:
        Made(request, reference, source, now).add_to(batch)
    return batch


def write(session: Session, batch: Prepared) -> int:
    """Write what is not there yet; return how many requests were new.

    Sending the same rows again changes nothing: each is known by its token. Raises:
    Conflict when the net changed since the rows were prepared; they are to be made anew.
    """
    district = districts.hold(session, batch.district_code)
    if any(case["grid_version"] != district.grid_version for case in batch.cases):
        raise Conflict("the net changed while the file was read; import it again")
    tokens = [report["client_token"] for report in batch.reports]
    known = bulk.known_tokens(session, batch.district_code, tokens)
    fresh = [index for index, token in enumerate(tokens) if token not in known]
    cases = [batch.cases[index] for index in fresh]
    _number(session, batch.district_code, cases)
    reports = [batch.reports[index] for index in fresh]
    lines = [line for index in fresh for line in batch.lines[index]]
    bulk.add_cases(session, cases, reports, lines)
    for index in fresh:
        before: FactView | None = None
        for line, view in zip(batch.lines[index], batch.views[index], strict=True):
            _announce(session, batch.cases[index], line, before, view)
            before = view
    if any(line[-1]["to_state"] in OPEN_STATES for line in batch.lines):
        timers.fill_again(session, batch.district_code)  # what waits has limits to watch
    return len(fresh)


def _number(session: Session, district_code: str, cases: Sequence[Row]) -> None:
    counts = Counter(case["received_on"] for case in cases)
    following = bulk.take_numbers(session, district_code, counts)
    for case in cases:
        day = case["received_on"]
        case["number"] = case_number(district_code, day, following[day])
        following[day] += 1


def _announce(
    session: Session, case: Row, line: Row, before: FactView | None, after: FactView
) -> None:
    """Put a line into the log, as `casework.announce` does for a case of our own."""
    submitted = line["action"] == Action.SUBMIT
    body = {
        "action": line["action"],
        "from": line["from_state"],
        "to": line["to_state"],
        "hash": line["hash"],
        "number": case["number"],
        "areas": list(after.areas),
        "desks": [],
        "confidential": case["confidential"],
        "people": [],
        "units": [] if case["unit_code"] is None else [case["unit_code"]],
        "before": None if before is None else before.as_json(),
        "after": after.as_json(),
        "origin": IMPORTED,
    }
    messages.append(
        session,
        case["district_code"],
        MessageKind.CASE_OPENED if submitted else MessageKind.CASE_MOVED,
        at=line["at"],
        body=body,
        case_id=case["id"],
        entry_seq=line["seq"],
    )
