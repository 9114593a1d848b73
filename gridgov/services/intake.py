"""Intake: what somebody tells us becomes a report and a case, once.

Every channel comes through `submit` (architecture, 8.7), which opens no transaction itself.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.assignment import Assignment
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.datum import LonLat, PositionSource, to_wgs84
from gridgov.domain.emergency import EmergencyHit, emergency, severity_of
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import check_phone, check_text
from gridgov.domain.problems import public_words
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Placement
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import (
    casework,
    complaints,
    dispatch,
    duplicates,
    emergencies,
    geocodes,
    history,
    intake_photos,
    routing,
)
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.merging import MergedMeanwhile
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.services.routing import Place, Position
from gridgov.storage import cases, districts, merges, reports, search
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id, new_receipt_code
from gridgov.storage.numbers import next_number
from gridgov.storage.reports import Report, Reporter

MAX_PHOTOS = 6
MAX_PLACE_WORDS = 200
MAX_CONTACT = 200


class Sealer(Protocol):
    """Seals a field for the vault and makes its lookup value (gateways/vault.py)."""

    def seal(self, text: str, *, context: str) -> bytes:
        """Return the text encrypted for a context."""

    def lookup(self, text: str) -> bytes:
        """Return the keyed hash by which the text is found again."""


class EmergencyFirst(InvalidInput):
    """The words sound like danger to life: 110, 119 or 120 comes before a case."""

    code = "emergency_first"

    def __init__(self, number: str, words: str) -> None:
        """Name the number to call and the words that made us think so."""
        super().__init__("emergency", "call_first", number=number, words=words)


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody tells us, with a position, the code of an area picked by name, or words.

    `by_words` accepts a place that is known from `place_words` alone; the resident's page
    asks for the spot instead. `join_case_id` adds the report to an open case near by. The
    phone of a resident is checked; what programs send as `phone`, `email` and
    `reporter_name` goes into the vault as it came.
    """

    district_code: str
    client_token: str
    channel: str
    category_code: str
    text: str = ""
    phone: str = ""
    position: Position | None = None
    area_code: str = ""
    near_choice: str = ""
    place_words: str = ""
    photos: tuple[StoredPhoto, ...] = ()
    language: str = "zh-Hans"
    emergency_seen: bool = False
    by_words: bool = False
    join_case_id: UUID | None = None
    email: str = ""
    reporter_name: str = ""
    external_id: str | None = None
    api_key_id: UUID | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)

    def place(self) -> Place:
        """Return what is said about the place, the words clean and on one line."""
        words = " ".join(check_text(self.place_words).split())
        return Place(self.position, self.area_code, self.near_choice, words, self.by_words)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the resident gets; `repeated` when the same token had come before."""

    report_id: UUID
    receipt_code: str
    case: Case
    repeated: bool
    joined: bool = False

    @property
    def case_number(self) -> str:
        """Return the number for paper and phone."""
        return self.case.number


def submit(
    session: Session, submission: Submission, *, by: Actor, now: datetime, vault: Sealer
) -> Receipt:
    """Take a report in: check, place, open the case, give it to somebody.

    Sending the same token again returns the same receipt and changes nothing. A report
    that joins a case opens none. Raises: InvalidInput (field, reason), EmergencyFirst,
    OutsideJurisdiction.
    """
    seen = reports.by_token(session, submission.district_code, submission.client_token)
    if seen is not None:
        return receipt_again(session, seen)
    districts.hold(session, submission.district_code)
    reference = reference_of(session, submission.district_code)
    hit = emergency(submission.text)
    if hit is not None and not submission.emergency_seen:
        raise EmergencyFirst(hit.number, hit.words)  # before anything else that is wrong with it
    text, phone = _checked(submission)
    joined = _joined(session, submission, reference, now)
    category = reference.category(
        submission.category_code or (joined.category_code if joined is not None else None)
    )
    if category.hand_over is not None and not submission.emergency_seen:
        raise EmergencyFirst(category.hand_over, category.name)
    told = _Told(submission, category, text, phone, hit, vault, now)
    if joined is not None:
        return _join(session, told, joined)
    return _open(session, told, reference, by)


def receipt_again(session: Session, report: Report) -> Receipt:
    """Return the receipt of a report that came before."""
    case = session.get_one(Case, report.case_id)
    return Receipt(report.id, report.receipt_code, case, repeated=True, joined=report.joined)


@dataclass(frozen=True, slots=True)
class _Told:
    """A submission after the checks."""

    submission: Submission
    category: Category
    text: str
    phone: str | None
    hit: EmergencyHit | None
    vault: Sealer
    now: datetime

    @property
    def number(self) -> str | None:
        """Return the number that was to be called first, None where nobody is in danger."""
        return self.category.hand_over if self.hit is None else self.hit.number


def _open(session: Session, told: _Told, reference: Reference, by: Actor) -> Receipt:
    submission, category, now = told.submission, told.category, told.now
    words = submission.place().words
    told_place, remarks = geocodes.believed(session, reference.district_code, submission.place())
    placement, position = routing.place(reference, told_place, category.code)
    case = new_case(
        session, category, placement, position, reference, now, text=told.text, place_words=words
    )
    if remarks:
        case.routing = placement.as_record() | {"notes": list(remarks)}
    if told.number is not None:
        emergencies.mark(case, told.number)
    report = _new_report(session, told, case, position)
    bring_in(session, case, report, submission.photos, reference=reference, by=by, now=now)
    complaints.watch(session, case, report, reference=reference, now=now)
    return Receipt(report.id, report.receipt_code, case, repeated=False)


def bring_in(
    session: Session,
    case: Case,
    report: Report,
    pictures: Sequence[StoredPhoto],
    *,
    reference: Reference,
    by: Actor,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Open a case with the report that tells of it, and give it to somebody if it can be."""
    told = history.seal_report(report, [picture.sha256 for picture in pictures])
    case.channel = report.channel
    casework.open_case(session, case, by=by, now=now, told=told | dict(more or {}))
    session.add(report)
    search.add(session, case, report)
    intake_photos.keep(session, pictures, case, report, now)
    category = reference.category_of(case)
    holder = emergencies.holder(session, case, category)
    holder = holder or dispatch.first_holder(session, case, category, reference, now)
    if holder is not None:
        _dispatch(session, case, holder, now)


def _dispatch(session: Session, case: Case, holder: Assignment, now: datetime) -> None:
    system, to = Actor.system(case.district_code), Given(assignment=holder)
    casework.perform(session, case.id, Action.DISPATCH, by=system, now=now, given=to)


def _joined(
    session: Session, submission: Submission, reference: Reference, now: datetime
) -> Case | None:
    """Return the open case that the reporter says is the same problem, None for a new one.

    Raises: InvalidInput (field join) for a case that is none of the open ones near by.
    """
    if submission.join_case_id is None:
        return None
    named = session.get(Case, submission.join_case_id)
    if named is None or named.district_code != submission.district_code:
        raise InvalidInput("join", "unknown")
    case = merges.followed(session, named)  # the one that goes on with a merged case
    if not duplicates.joinable(case, reference):
        raise InvalidInput("join", "not_open", number=case.number)
    if not duplicates.close_enough(session, reference, case, _position(submission), now):
        raise InvalidInput("join", "too_far", number=case.number)
    return case


def _join(session: Session, told: _Told, case: Case) -> Receipt:
    submission, now = told.submission, told.now
    if cases.lock(session, case.id).state == CaseState.MERGED:
        raise MergedMeanwhile("the case was merged just now")  # the edge tries once more
    position = _position(submission)
    report = _new_report(session, told, case, position)
    report.joined = True
    session.add(report)
    search.add(session, case, report)
    session.flush()
    danger = emergencies.raised(case, told.text, told.number)
    casework.perform(
        session,
        case.id,
        Action.JOIN,
        by=Actor.resident(submission.district_code, report.id),
        now=now,
        given=Given(photos=submission.photos, told=_sealed(report, submission) | danger),
    )
    holder = emergencies.next_holder(session, case, told.category, danger)
    if holder is not None:
        _dispatch(session, case, holder, now)
    return Receipt(report.id, report.receipt_code, case, repeated=False, joined=True)


def _position(submission: Submission) -> LonLat | None:
    sent = submission.position
    return None if sent is None else to_wgs84(lon=sent.lon, lat=sent.lat, datum=sent.datum)


def _sealed(report: Report, submission: Submission) -> dict[str, Any]:
    return history.seal_report(report, [picture.sha256 for picture in submission.photos])


def _checked(submission: Submission) -> tuple[str, str | None]:
    if not 8 <= len(submission.client_token) <= 100:
        raise InvalidInput("client_token", "wrong_length")
    if len(submission.photos) > MAX_PHOTOS:
        raise InvalidInput("photos", "too_many", limit=MAX_PHOTOS)
    if len(submission.place_words) > MAX_PLACE_WORDS:
        raise InvalidInput("place_words", "too_long", limit=MAX_PLACE_WORDS)
    text = check_text(submission.text)
    if not text and not submission.photos and submission.join_case_id is None:
        raise InvalidInput("text", "nothing_told")
    if max(map(len, (submission.phone, submission.email, submission.reporter_name))) > MAX_CONTACT:
        raise InvalidInput("phone", "too_long", limit=MAX_CONTACT)
    return text, _phone(submission)


def _phone(submission: Submission) -> str | None:
    """Return the number to keep: a resident's must be one, a program passes on what it has."""
    if submission.api_key_id is None:
        return check_phone(submission.phone)
    try:
        return check_phone(submission.phone)
    except InvalidInput:
        return submission.phone.strip() or None


def new_case(
    session: Session,
    category: Category,
    placement: Placement,
    position: LonLat | None,
    reference: Reference,
    now: datetime,
    *,
    text: str,
    place_words: str,
) -> Case:
    """Return a case with its number, not written yet; `text` and `place_words` as told."""
    day = reference.local_day(now)
    kinds = {reference.net.area(code).kind: code for code in placement.path}
    named = reference.net.area(placement.area_code)
    return Case(
        id=new_id(),
        district_code=reference.district_code,
        number=next_number(session, reference.district_code, day),
        category_code=category.code,
        catalogue_version=reference.catalogue_version,
        severity=severity_of(text, category.severity),
        confidential=category.confidential,
        grid_version=placement.version,
        town_code=kinds.get(AreaKind.TOWN),
        village_code=kinds.get(AreaKind.VILLAGE),
        grid_code=placement.grid_code,
        professional_code=kinds.get(AreaKind.PROFESSIONAL),
        place=public_words(place_words) or named.name,
        lon=None if position is None else position.lon,
        lat=None if position is None else position.lat,
        routing=placement.as_record(),
        level=str(Level.GRID),
        received_at=now,
        received_on=day,
    )


def _new_report(session: Session, told: _Told, case: Case, position: LonLat | None) -> Report:
    submission, sent = told.submission, told.submission.position
    return Report(
        id=new_id(),
        district_code=submission.district_code,
        case_id=case.id,
        client_token=submission.client_token,
        receipt_code=new_receipt_code(),
        channel=submission.channel,
        category_code=told.category.code,
        text=told.text or None,
        text_salt=secrets.token_bytes(16) if told.text else None,
        place_words=submission.place().words or None,
        raw_lon=sent.lon if sent else None,
        raw_lat=sent.lat if sent else None,
        datum=str(sent.datum) if sent else None,
        position_source=str(sent.source) if sent else str(PositionSource.AREA_NAME),
        accuracy_m=sent.accuracy_m if sent else None,
        lon=position.lon if position else None,
        lat=position.lat if position else None,
        language=submission.language,
        emergency_words=None if told.hit is None else told.hit.words,
        reporter_id=_keep_contact(session, told),
        joined=False,
        external_id=submission.external_id,
        api_key_id=submission.api_key_id,
        answers=dict(submission.answers) or None,
        received_at=told.now,
    )


def _keep_contact(session: Session, told: _Told) -> UUID | None:
    """Seal who reported, apart from the case; None for somebody who left nothing."""
    submission, vault = told.submission, told.vault
    name, email = submission.reporter_name.strip(), submission.email.strip()
    if not (told.phone or name or email):
        return None
    reporter_id = new_id()

    def sealed(text: str | None, field_name: str) -> bytes | None:
        context = f"reporter.{field_name}:{reporter_id}"
        return vault.seal(text, context=context) if text else None

    session.add(
        Reporter(
            id=reporter_id,
            district_code=submission.district_code,
            phone_sealed=sealed(told.phone, "phone"),
            phone_lookup=vault.lookup(told.phone) if told.phone else None,
            name_sealed=sealed(name, "name"),
            email_sealed=sealed(email, "email"),
            made_at=told.now,
        )
    )
    return reporter_id
