"""Open311: a request comes in. The same act as on the page, with the key of a program."""

import base64
import binascii
import re
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.catalogue import Category
from gridgov.domain.datum import Datum, PositionSource
from gridgov.domain.errors import Conflict, InvalidInput, NotFound
from gridgov.domain.intake import check_text
from gridgov.domain.questions import LINKS, check_answers
from gridgov.services import service_requests
from gridgov.services.effects import StoredPhoto
from gridgov.services.intake import MAX_CONTACT, MAX_PHOTOS, EmergencyFirst, Receipt, Submission
from gridgov.services.reference import Reference
from gridgov.services.routing import Position
from gridgov.storage import service_requests as rows
from gridgov.storage.access import ApiKey
from gridgov.storage.session import read_only
from gridgov.web import receipts, submissions, uploads
from gridgov.web.access import actor_of
from gridgov.web.i18n import language, pick
from gridgov.web.instance import instance, utc_now
from gridgov.web.open311_base import FORMAT, OWN, WRITES, open311
from gridgov.web.open311_errors import NoSuch, Refused
from gridgov.web.open311_reading import argument, caller, partner, with_key
from gridgov.web.open311_render import answer
from gridgov.web.security import limiter

CHANNEL = "open311"
UNMARKED = "api"  # the mark of keys nobody gave one of their own
MAX_CLIENT_ID = 200
ATTRIBUTE = re.compile(r"attribute\[([^\]]+)\](?:\[\d*\])?")
DATA_ADDRESS = re.compile(r"data:image/[\w.+-]+(?:;[\w=.-]+)*;base64,", re.I)


@open311.post(f"/v2/requests.{FORMAT}")
@with_key(OWN)
@limiter.limit(WRITES)
def create_request(fmt: str) -> Response:
    """Take a request in and return its number. The same client id again: the same number."""
    key = partner()
    with read_only() as session:
        reference = caller(session).reference
    category = _service(reference)
    receipt = _submit(_submission(reference, category, key), key)
    case = receipt.case
    body = {
        "service_request_id": case.number,
        "service_notice": receipts.summary(case, reference, utc_now()),
        "account_id": None,
    }
    return answer("service_requests", [body])


def _service(reference: Reference) -> Category:
    """Return the class that was asked for. Raises: InvalidInput, NoSuch, EmergencyFirst."""
    code = argument("service_code")
    if not code:
        raise InvalidInput("category", "missing")
    known = reference.catalogue.get(code)
    if known is not None and known.hand_over is not None:
        raise EmergencyFirst(known.hand_over, pick(known.name, known.name_en))
    try:
        return service_requests.service(reference, code)
    except NotFound as error:
        raise NoSuch("service_code", code) from error


def _submission(reference: Reference, category: Category, key: ApiKey) -> Submission:
    position = _position()
    area_code = "" if position is not None else argument("address_id")
    links, data = media_addresses()
    # The answers before the pictures: those cost more to look at.
    answers = check_answers(category.questions, {**_attributes(), LINKS: links}, require=True)
    pictures = take_pictures(data)
    client_id = client_token()
    return Submission(
        district_code=reference.district_code,
        client_token=token_for(key.id, client_id) if client_id else uuid4().hex,
        channel=CHANNEL if key.channel == UNMARKED else key.channel,
        category_code=category.code,
        text=_words(category, pictures),
        phone=_contact("phone"),
        position=position,
        area_code=area_code,
        place_words=argument("address_string"),
        photos=pictures,
        language=language(),
        emergency_seen=argument("emergency_ack") == "1",
        by_words=position is None and not area_code and bool(argument("address_string")),
        email=_contact("email"),
        reporter_name=_name(),
        external_id=client_id or None,
        api_key_id=key.id,
        answers=answers,
    )


def _submit(submission: Submission, key: ApiKey) -> Receipt:
    by = actor_of(key)
    try:
        return submissions.submit(submission, by)
    except Conflict:
        # The same client id twice at once: the faster one is committed now.
        return submissions.submit(submission, by)


def _position() -> Position | None:
    lat, lon = argument("lat"), argument("long")
    if not lat and not lon:
        return None
    try:
        return Position(float(lon), float(lat), Datum.WGS84, PositionSource.EXTERNAL)
    except ValueError as error:
        raise Refused("lat", _("lat and long must be numbers in degrees.")) from error


def _words(category: Category, pictures: tuple[StoredPhoto, ...]) -> str:
    """Return the description; where nothing is said or shown, the name of the service.

    The spec lets a client send a service and a place alone.
    """
    told = check_text(argument("description"))
    return told if told or pictures else pick(category.name, category.name_en)


def _attributes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in request.form:
        hit = ATTRIBUTE.fullmatch(name)
        if hit is not None:
            found.setdefault(hit[1], []).extend(request.form.getlist(name))
    return found


def _contact(name: str) -> str:
    told = argument(name)
    if len(told) > MAX_CONTACT // 2:
        raise Refused(
            name,
            _("%(name)s may have %(limit)s characters.", name=name, limit=MAX_CONTACT // 2),
        )
    return told


def _name() -> str:
    return f"{_contact('first_name')} {_contact('last_name')}".strip()[:MAX_CONTACT]


# Client ids ----------------------------------------------------------------------------------


def client_token() -> str:
    """Return the client's own id of what it sends, empty without one. Raises: Refused."""
    found = request.headers.get("Idempotency-Key", "").strip() or argument("client_token")
    if len(found) > MAX_CLIENT_ID:
        raise Refused(
            "client_token",
            _("%(name)s may have %(limit)s characters.", name="client_token", limit=MAX_CLIENT_ID),
        )
    return found


def token_for(key_id: UUID, client_id: str) -> str:
    """Return the token under which a report is kept.

    Partners number their requests 1, 2, 3: the key keeps their numbers apart.
    """
    return uuid5(key_id, client_id).hex


def number_of(session: Session, district_code: str, client_id: str) -> str:
    """Return the case number of the request that came with a client id. Raises: NotFound."""
    tokens = [token_for(key_id, client_id) for key_id in rows.keys_of(session, district_code)]
    return service_requests.number_of_token(session, district_code, tokens)


# Pictures ------------------------------------------------------------------------------------


def media_addresses() -> tuple[list[str], list[str]]:
    """Return the addresses of media_url: links to elsewhere, and pictures written out (data:).

    Links are kept as words for whoever handles the case; nothing here ever opens them.
    """
    told = [text.strip() for name in ("media_url", "media_url[]") for text in _all(name)]
    data = [text for text in told if DATA_ADDRESS.match(text)]
    return [text for text in told if text and text not in data], data


def _all(name: str) -> list[str]:
    return request.form.getlist(name) + request.args.getlist(name)


def take_pictures(data: list[str]) -> tuple[StoredPhoto, ...]:
    """Clean and store every file of the form, whatever its field, and pictures written out.

    Raises: InvalidInput (photos, photo).
    """
    files = [file for name in request.files for file in uploads.received(name)]
    if len(files) + len(data) > MAX_PHOTOS:
        raise InvalidInput("photos", "too_many", limit=MAX_PHOTOS)
    store = instance().photos
    contents: list[Any] = [file.stream.read() for file in files] + [_decoded(one) for one in data]
    prepared = [store.prepare(content) for content in contents]
    # Where a picture was taken is not asked: the client said where it is.
    return tuple(replace(picture, hint=None) for picture in uploads.keep(prepared))


def _decoded(address: str) -> bytes:
    text = address.partition(",")[2].replace(" ", "+")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInput("photo", "damaged") from error
