"""A dispatcher splits a case: parts of what was told become cases of their own.

The case keeps its report as it was told and goes on with the rest. Each part is a report
with words of the first one, its pictures and its contact, and opens a case with its own
class; both histories name the other case.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.catalogue import Category
from gridgov.domain.datum import LonLat
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import check_text
from gridgov.domain.problems import Problem, is_told, split
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Placement
from gridgov.domain.workflow import Action
from gridgov.services import casework, intake, routing
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.services.splitting import MOST_PARTS, PART
from gridgov.storage import cases, photos, reports
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id, new_receipt_code
from gridgov.storage.reports import Report


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was told: its words, as they stand there, and the class they belong to."""

    text: str
    category_code: str


def proposals(session: Session, case: Case) -> list[Problem]:
    """Return the problems the words of a case tell of, for the dispatcher to choose from."""
    told = _told(session, case, None).text or ""
    return split(told, reference_of(session, case.district_code).catalogue.values())


def split_case(
    session: Session,
    case_id: UUID,
    parts: Sequence[Part],
    *,
    by: Actor,
    now: datetime,
    report_id: UUID | None = None,
    given: Given | None = None,
) -> list[Case]:
    """Open a case for each part of what was told; return them in that order.

    `report_id` names one of several reports of the case (default: the first). Raises as
    `casework.perform`; InvalidInput (parts: missing, too_many, not_told; category; report).
    """
    case = cases.lock(session, case_id)
    reference = reference_of(session, case.district_code)
    report = _told(session, case, report_id)
    chosen = _checked(parts, report, reference)
    tokens = _free_tokens(session, report, len(chosen))
    made = [_new_case(session, case, report, one, text, reference, now) for one, text in chosen]
    told = {"cases": [str(one.id) for one in made], "report": str(report.id)}
    given = replace(given or Given(), told=told)
    if not given.text:
        given = replace(given, text="\n".join(text for _, text in chosen) or "—")
    casework.perform(session, case_id, Action.SPLIT, by=by, now=now, given=given)
    pictures = _pictures(session, report)
    for new, token, (_, text) in zip(made, tokens, chosen, strict=True):
        part = _new_report(report, new, token, text)
        link = {"split_from": str(case.id)}
        intake.bring_in(
            session, new, part, pictures, reference=reference, by=by, now=now, more=link
        )
        session.flush()
    return made


def _told(session: Session, case: Case, report_id: UUID | None) -> Report:
    for report in reports.of_case(session, case.id):
        if report_id in (None, report.id):
            return report
    raise InvalidInput("report", "unknown")


def _checked(
    parts: Sequence[Part], report: Report, reference: Reference
) -> list[tuple[Category, str]]:
    if not parts:
        raise InvalidInput("parts", "missing")
    if len(parts) > MOST_PARTS:
        raise InvalidInput("parts", "too_many", limit=MOST_PARTS)
    found = [(reference.category(part.category_code), check_text(part.text)) for part in parts]
    told = report.text or ""
    if any(bool(told) != bool(text) or not is_told(text, told) for _, text in found):
        raise InvalidInput("parts", "not_told")
    return found


def _free_tokens(session: Session, report: Report, wanted: int) -> list[str]:
    """Return tokens for parts that no part of this report has yet. Raises: InvalidInput."""
    every = [f"{report.id}{PART}{number}" for number in range(2, MOST_PARTS + 2)]
    taken = {one.client_token for one in reports.by_tokens(session, report.district_code, every)}
    free = [token for token in every if token not in taken]
    if len(free) < wanted:
        raise InvalidInput("parts", "too_many", limit=MOST_PARTS)
    return free[:wanted]


def _new_case(
    session: Session,
    case: Case,
    report: Report,
    category: Category,
    text: str,
    reference: Reference,
    now: datetime,
) -> Case:
    spot = None
    if case.lon is not None and case.lat is not None:
        spot = LonLat(lon=case.lon, lat=case.lat)
    made = intake.new_case(
        session,
        category,
        _placement(case, report, category, spot, reference),
        spot,
        reference,
        now,
        text=text,
        place_words=report.place_words or "",
    )
    made.confidential = made.confidential or case.confidential
    return made


def _placement(
    case: Case, report: Report, category: Category, spot: LonLat | None, reference: Reference
) -> Placement:
    """Return where a part belongs: the same spot, or the area that was named for the case."""
    if spot is not None:
        return routing.locate(reference, spot, category.code, report.accuracy_m)
    area = reference.net.find(case.duty.anchor)
    if area is not None and area.kind is not AreaKind.DISTRICT:
        return routing.chosen_by_name(reference, area.code, None)
    return routing.by_words(reference, report.place_words or "")


def _new_report(report: Report, case: Case, token: str, text: str) -> Report:
    """Return a part of a report: what was told at the same time, by the same, at that place."""
    return Report(
        id=new_id(),
        district_code=report.district_code,
        case_id=case.id,
        client_token=token,
        receipt_code=new_receipt_code(),
        channel=report.channel,
        category_code=case.category_code,
        text=text or None,
        text_salt=secrets.token_bytes(16) if text else None,
        place_words=report.place_words,
        raw_lon=report.raw_lon,
        raw_lat=report.raw_lat,
        datum=report.datum,
        position_source=report.position_source,
        accuracy_m=report.accuracy_m,
        lon=report.lon,
        lat=report.lat,
        language=report.language,
        reporter_id=report.reporter_id,
        joined=False,
        external_id=report.external_id,
        api_key_id=report.api_key_id,
        received_at=report.received_at,
    )


def _pictures(session: Session, report: Report) -> list[StoredPhoto]:
    """Return the pictures that came with a report."""
    return [
        StoredPhoto(photo.sha256, photo.width, photo.height, look=photo.look)
        for photo in photos.of_case(session, report.case_id)
        if photo.report_id == report.id
    ]
