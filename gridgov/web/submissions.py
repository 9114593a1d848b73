"""Reading a report from a form or JSON into typed values, and taking it in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import request

from gridgov.domain.datum import Datum, PositionSource, parse_datum
from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.roles import Actor
from gridgov.services import intake, repeats, splitting
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import Receipt, Submission
from gridgov.services.routing import Position
from gridgov.storage import cases
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web.i18n import language
from gridgov.web.instance import instance, utc_now


@dataclass(frozen=True, slots=True)
class Sent:
    """The values of a report as they arrived; all text."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a field as text, empty when it is missing, without what no database takes."""
        value = self.values.get(name)
        whole = "" if value is None else str(value)
        return whole.encode("utf-8", "ignore").decode().replace("\0", "")  # half surrogates, NUL

    def yes(self, name: str) -> bool:
        """Tell whether a field says yes, as a form (yes, 1) or as JSON (true) says it."""
        return self.text(name).casefold() in {"yes", "true", "1"}

    def number(self, name: str, field: str, reason: str) -> float | None:
        """Return a field as a finite number, None when it is empty. Raises: InvalidInput."""
        text = self.text(name).strip()
        if not text:
            return None
        try:
            number = float(text)
        except ValueError as error:
            raise InvalidInput(field, reason) from error
        if not math.isfinite(number):
            raise InvalidInput(field, reason)
        return number


def read_position(sent: Sent) -> Position | None:
    """Return the position that was sent, None without one. Raises: InvalidInput."""
    lon = sent.number("lon", "position", "not_numbers")
    lat = sent.number("lat", "position", "not_numbers")
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        raise InvalidInput("position", "not_numbers")
    datum = parse_datum(sent.text("datum") or None)
    accuracy = sent.number("accuracy_m", "accuracy", "not_a_number")
    if accuracy is not None and accuracy < 0:
        raise InvalidInput("accuracy", "out_of_range")
    return Position(lon, lat, datum, _source(sent.text("position_source")), accuracy)


def _source(text: str) -> PositionSource:
    known = {str(source): source for source in PositionSource}
    return known.get(text, PositionSource.EXTERNAL)


def _photo_position(pictures: tuple[StoredPhoto, ...]) -> Position | None:
    """Return where the first camera that says so was."""
    for picture in pictures:
        if picture.hint is not None:
            spot = picture.hint
            return Position(spot.lon, spot.lat, Datum.WGS84, PositionSource.EXIF)
    return None


@dataclass(frozen=True, slots=True)
class Extra:
    """What comes with a report besides what the resident's page asks for."""

    external_id: str | None = None
    api_key_id: UUID | None = None
    by_words: bool = False
    email: str = ""
    reporter_name: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


def take_in(
    district_code: str,
    values: Mapping[str, Any],
    *,
    channel: str,
    by: Actor,
    pictures: tuple[StoredPhoto, ...],
    extra: Extra = Extra(),
    strict: bool = False,
) -> list[Receipt]:
    """Read, check and submit one report; the one intake door (architecture, 8.7).

    With `split` the problems of its text become a report each. A photo's own position is
    used only when the form brings none and no area was named. A token that came before
    gives the first receipt again; `strict` compares what it came with.
    Raises: InvalidInput, EmergencyFirst, OutsideJurisdiction, Unavailable,
    IdempotencyConflict.
    """
    sent = Sent(values)
    submission = _read(district_code, sent, channel, pictures, extra)
    split = sent.yes("split")
    take = submit_split if split else submit_one
    try:
        found = take(submission, by)
    except Conflict:
        # The same report twice at once (pressed twice, or page and offline queue together):
        # neither saw the other. The faster one is committed now; its receipt is the answer.
        found = take(submission, by)
    if strict and found[0].repeated:
        with read_only() as session:
            repeats.check_same(session, submission, found[0].report_id, split=split)
    return found


def _read(
    district_code: str,
    sent: Sent,
    channel: str,
    pictures: tuple[StoredPhoto, ...],
    extra: Extra,
) -> Submission:
    area_code = sent.text("area_code")
    position = read_position(sent)
    if position is None and not area_code:
        position = _photo_position(pictures)
    return Submission(
        district_code=district_code,
        client_token=request.headers.get("Idempotency-Key") or sent.text("client_token"),
        channel=channel,
        category_code=sent.text("category"),
        text=sent.text("text"),
        phone=sent.text("phone"),
        position=position,
        area_code=area_code,
        near_choice=sent.text("near_choice"),
        place_words=sent.text("place_words"),
        photos=pictures,
        language=language(),
        emergency_seen=sent.yes("emergency_ack"),
        join_case_id=_joined(district_code, sent.text("join_case") or sent.text("join")),
        by_words=extra.by_words,
        email=extra.email,
        reporter_name=extra.reporter_name,
        external_id=extra.external_id,
        api_key_id=extra.api_key_id,
        answers=extra.answers,
    )


def _joined(district_code: str, number: str) -> UUID | None:
    """Return the case that is joined, by its number. Raises: InvalidInput (field join)."""
    if not number:
        return None
    with read_only() as session:
        case = cases.by_number(session, district_code, number)
        if case is None:
            raise InvalidInput("join", "unknown")
        return case.id


def submit(submission: Submission, by: Actor) -> Receipt:
    """Take a submission in, in a unit of work of its own. Raises as `intake.submit`."""
    with unit_of_work() as session:
        return intake.submit(session, submission, by=by, now=utc_now(), vault=instance().vault)


def submit_one(submission: Submission, by: Actor) -> list[Receipt]:
    """Take a submission in as one report."""
    return [submit(submission, by)]


def submit_split(submission: Submission, by: Actor) -> list[Receipt]:
    """Take each problem of a submission in, all in one unit of work."""
    with unit_of_work() as session:
        return splitting.submit_split(
            session, submission, by=by, now=utc_now(), vault=instance().vault
        )


def new_token() -> str:
    """Return a fresh client token for a form."""
    return uuid4().hex
