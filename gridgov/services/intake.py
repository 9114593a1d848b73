"""Intake: what somebody tells us becomes a report and a case, once.

Every channel comes through `submit`: the page, the plain form, the offline queue
and programs (architecture, 8.7). It opens no transaction and reads no clock.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.domain.catalogue import Category, Level
from gridgov.domain.datum import Datum, LonLat, PositionSource, to_wgs84
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import EmergencyHit, check_phone, check_text, emergency, mask_personal
from gridgov.domain.roles import Actor
from gridgov.domain.routing import Placement, Rule
from gridgov.domain.workflow import Action
from gridgov.services import casework, dispatch, history
from gridgov.services.effects import Given, StoredPhoto
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage import reports
from gridgov.storage.cases import Case
from gridgov.storage.ids import new_id, new_receipt_code
from gridgov.storage.numbers import next_number
from gridgov.storage.photos import BEFORE, Photo
from gridgov.storage.reports import Report, Reporter

MAX_PHOTOS = 6
MAX_PLACE_WORDS = 200


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
class Position:
    """A position as it was sent: a pair in a datum, with source and accuracy in metres."""

    lon: float
    lat: float
    datum: Datum
    source: PositionSource
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody tells us. Either a position or the code of an area picked by name."""

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


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the resident gets; `repeated` when the same token had come before."""

    report_id: UUID
    receipt_code: str
    case: Case
    repeated: bool

    @property
    def case_number(self) -> str:
        """Return the number for paper and phone."""
        return self.case.number


def submit(
    session: Session, submission: Submission, *, by: Actor, now: datetime, vault: Sealer
) -> Receipt:
    """Take a report in: check, place, open the case, give it to somebody.

    Sending the same token again returns the same receipt and changes nothing.
    Raises: InvalidInput (field, reason), EmergencyFirst, OutsideJurisdiction.
    """
    seen = reports.by_token(session, submission.district_code, submission.client_token)
    if seen is not None:
        case = session.get_one(Case, seen.case_id)
        return Receipt(seen.id, seen.receipt_code, case, repeated=True)
    reference = reference_of(session, submission.district_code)
    text, phone = _checked(submission)
    category = reference.category(submission.category_code)
    hit = emergency(text)
    if not submission.emergency_seen:
        _call_first(hit, category)
    placement, position = _place(submission, reference)
    case = _new_case(session, submission, category, placement, position, reference, now)
    report = _new_report(session, submission, case, text, position, now)
    report.emergency_words = None if hit is None else hit.words
    told = history.seal_report(report, [picture.sha256 for picture in submission.photos])
    casework.open_case(session, case, by=by, now=now, told=told)
    if phone is not None:
        report.reporter_id = _keep_contact(session, submission, phone, vault, now)
    session.add(report)
    _keep_photos(session, submission, case, report, now)
    holder = dispatch.first_holder(session, case, category, reference, now)
    if holder is not None:
        casework.perform(
            session,
            case.id,
            Action.DISPATCH,
            by=Actor.system(submission.district_code),
            now=now,
            given=Given(assignment=holder),
        )
    return Receipt(report.id, report.receipt_code, case, repeated=False)


def _call_first(hit: EmergencyHit | None, category: Category) -> None:
    """Say whom to call when the words, or the class itself, tell of danger."""
    if hit is not None:
        raise EmergencyFirst(hit.number, hit.words)
    if category.hand_over is not None:
        raise EmergencyFirst(category.hand_over, category.name)


def _checked(submission: Submission) -> tuple[str, str | None]:
    if not 8 <= len(submission.client_token) <= 100:
        raise InvalidInput("client_token", "wrong_length")
    if len(submission.photos) > MAX_PHOTOS:
        raise InvalidInput("photos", "too_many", limit=MAX_PHOTOS)
    if len(submission.place_words) > MAX_PLACE_WORDS:
        raise InvalidInput("place_words", "too_long", limit=MAX_PLACE_WORDS)
    text = check_text(submission.text)
    if not text and not submission.photos:
        raise InvalidInput("text", "nothing_told")
    return text, check_phone(submission.phone)


def _place(submission: Submission, reference: Reference) -> tuple[Placement, LonLat | None]:
    """Return where the report belongs and its WGS-84 position (None when only named)."""
    if submission.position is not None:
        sent = submission.position
        position = to_wgs84(lon=sent.lon, lat=sent.lat, datum=sent.datum)
        placement = locate(reference, position, submission.category_code, sent.accuracy_m)
        return _chosen(placement, submission, reference), position
    if submission.area_code:
        return _named(submission, reference), None
    raise InvalidInput("position", "missing")


def locate(
    reference: Reference, position: LonLat, category: str | None, accuracy_m: float | None
) -> Placement:
    """Place a position in the net with the district's settings. Raises: OutsideJurisdiction."""
    return reference.net.locate(
        position, category=category or None, accuracy_m=accuracy_m, settings=reference.routing
    )


def _chosen(placement: Placement, submission: Submission, reference: Reference) -> Placement:
    """Let the resident's answer decide between neighbours, and refuse a guess.

    A position too vague for one grid needs an answer: a grid by name or a pin.
    """
    choice = submission.near_choice or submission.area_code
    candidates = {candidate.code for candidate in placement.candidates}
    if choice and choice != placement.area_code:
        if choice not in candidates and not placement.too_vague:
            raise InvalidInput("near_choice", "not_a_candidate")
        return chosen_by_name(reference, choice, placement)
    if placement.too_vague and not choice:
        raise InvalidInput("position", "too_vague", accuracy_m=placement.accuracy_m)
    return placement


def _named(submission: Submission, reference: Reference) -> Placement:
    area = reference.net.find(submission.area_code)
    if area is None or area.kind is AreaKind.DISTRICT or area.geometry is None:
        raise InvalidInput("area_code", "unknown")
    return chosen_by_name(reference, area.code, None)


def chosen_by_name(reference: Reference, code: str, placed: Placement | None) -> Placement:
    """Return the placement for an area a person named: it overrides the position."""
    area = reference.net.find(code)
    if area is None or area.kind is AreaKind.DISTRICT:
        raise InvalidInput("near_choice", "unknown")
    tray = {AreaKind.VILLAGE: Rule.VILLAGE_TRAY, AreaKind.TOWN: Rule.TOWN_TRAY}
    return Placement(
        area_code=code,
        path=tuple(step.code for step in reference.net.path(code)),
        grid_code=code if area.kind is AreaKind.GRID else None,
        rule=tray.get(area.kind, Rule.CHOSEN),
        version=reference.net.version,
        border_m=placed.border_m if placed is not None else 0.0,
        neighbour_code=placed.area_code if placed is not None else None,
        accuracy_m=placed.accuracy_m if placed is not None else None,
        near_boundary=placed.near_boundary if placed is not None else False,
        candidates=placed.candidates if placed is not None else (),
        too_vague=placed.too_vague if placed is not None else False,
    )


def _new_case(
    session: Session,
    submission: Submission,
    category: Category,
    placement: Placement,
    position: LonLat | None,
    reference: Reference,
    now: datetime,
) -> Case:
    day = reference.local_day(now)
    kinds = {reference.net.area(code).kind: code for code in placement.path}
    named = reference.net.area(placement.area_code)
    return Case(
        id=new_id(),
        district_code=submission.district_code,
        number=next_number(session, submission.district_code, day),
        category_code=category.code,
        catalogue_version=reference.catalogue_version,
        severity=category.severity,
        confidential=category.confidential,
        grid_version=placement.version,
        town_code=kinds.get(AreaKind.TOWN),
        village_code=kinds.get(AreaKind.VILLAGE),
        grid_code=placement.grid_code,
        professional_code=kinds.get(AreaKind.PROFESSIONAL),
        place=mask_personal(_place_words(submission)) or named.name,
        lon=None if position is None else position.lon,
        lat=None if position is None else position.lat,
        routing=placement.as_record(),
        level=str(Level.GRID),
        received_at=now,
        received_on=day,
    )


def _place_words(submission: Submission) -> str:
    """Return the words about the place, clean and on one line."""
    return " ".join(check_text(submission.place_words).split())


def _new_report(
    session: Session,
    submission: Submission,
    case: Case,
    text: str,
    position: LonLat | None,
    now: datetime,
) -> Report:
    sent = submission.position
    return Report(
        id=new_id(),
        district_code=submission.district_code,
        case_id=case.id,
        client_token=submission.client_token,
        receipt_code=new_receipt_code(),
        channel=submission.channel,
        category_code=submission.category_code,
        text=text or None,
        text_salt=secrets.token_bytes(16) if text else None,
        place_words=_place_words(submission) or None,
        raw_lon=sent.lon if sent else None,
        raw_lat=sent.lat if sent else None,
        datum=str(sent.datum) if sent else None,
        position_source=str(sent.source) if sent else str(PositionSource.AREA_NAME),
        accuracy_m=sent.accuracy_m if sent else None,
        lon=position.lon if position else None,
        lat=position.lat if position else None,
        language=submission.language,
        received_at=now,
    )


def _keep_contact(
    session: Session, submission: Submission, phone: str, vault: Sealer, now: datetime
) -> UUID:
    reporter_id = new_id()
    session.add(
        Reporter(
            id=reporter_id,
            district_code=submission.district_code,
            phone_sealed=vault.seal(phone, context=f"reporter.phone:{reporter_id}"),
            phone_lookup=vault.lookup(phone),
            made_at=now,
        )
    )
    session.flush()
    return reporter_id


def _keep_photos(
    session: Session, submission: Submission, case: Case, report: Report, now: datetime
) -> None:
    session.flush()
    for picture in submission.photos:
        session.add(
            Photo(
                district_code=submission.district_code,
                case_id=case.id,
                report_id=report.id,
                entry_seq=1,
                purpose=BEFORE,
                sha256=picture.sha256,
                width=picture.width,
                height=picture.height,
                added_at=now,
            )
        )
