"""Open311-FMS: updates of requests, read by partners and added by them.

The extension of FixMyStreet ("Open311-FMS, Proposed differences"). A partner adds words
and pictures to requests it brought in; what becomes of a case is decided here.
"""

import re

from flask import Response
from flask_babel import gettext as _

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.domain.intake import check_text
from gridgov.domain.questions import check_links
from gridgov.services import service_requests
from gridgov.services.service_requests import Addition
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import open311_words
from gridgov.web.access import public
from gridgov.web.instance import utc_now
from gridgov.web.open311_base import EVERYTHING, FORMAT, OWN, READS, WRITES, open311
from gridgov.web.open311_errors import NoSuch, Refused
from gridgov.web.open311_intake import client_token, media_addresses, take_pictures
from gridgov.web.open311_reading import (
    argument,
    caller,
    partner,
    read_moment,
    read_page,
    read_span,
    with_key,
)
from gridgov.web.open311_render import answer
from gridgov.web.security import limiter

UPDATE_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)


@open311.get(f"/v2/servicerequestupdates.{FORMAT}")
@public(EVERYTHING)
@limiter.limit(READS)
def updates(fmt: str) -> Response:
    """List the public steps of requests in a time, the oldest first."""
    now = utc_now()
    with read_only() as session:
        who = caller(session)
        span = read_span("start_date", "end_date", who.reference, now=now, default=True)
        if span is None:
            raise ValueError("a default window was asked for")
        limit, offset = read_page()
        visible = service_requests.visible(who.reference, who.key_id)
        found = service_requests.updates(
            session, who.reference, visible, span, limit=limit, offset=offset
        )
    body = [open311_words.update(one, who.reference) for one in found]
    return answer("service_request_updates", body)


@open311.post(f"/v2/servicerequestupdates.{FORMAT}")
@with_key(OWN)
@limiter.limit(WRITES)
def create_update(fmt: str) -> Response:
    """Add words or pictures to a request of this key; a repeated update_id is refused."""
    key = partner()
    with read_only() as session:
        reference = caller(session).reference
    read_moment("updated_datetime", reference.zone)  # only looked at: our own clock counts
    number = argument("service_request_id")
    if not number:
        raise Refused("service_request_id", _("service_request_id was not provided."))
    links, data = media_addresses()
    addition = Addition(
        number=number,
        update_id=_update_id(),
        text=_text(links),
        photos=take_pictures(data),
    )
    try:
        with unit_of_work() as session:
            seq = service_requests.add(session, key.district_code, key.id, addition, now=utc_now())
    except NotFound as error:
        raise NoSuch("service_request_id", number) from error
    return answer("service_request_updates", [{"update_id": open311_words.update_id(number, seq)}])


def _update_id() -> str:
    found = argument("update_id") or client_token()
    if found and not UPDATE_ID.fullmatch(found):
        raise Refused("update_id", _("update_id may have letters, digits, and . : _ - only."))
    return found


def _text(links: list[str]) -> str:
    """Return the words of an update, with links to pictures elsewhere on lines of their own."""
    told = check_text(argument("description"))
    if not told and not links:
        return ""
    try:
        return check_text("\n".join([told, *check_links(links)]))
    except InvalidInput as error:
        if error.field != "text" or not links:
            raise
        raise InvalidInput("media_url", "too_long", **error.values) from error
