"""Open311 GeoReport v2: the second face of the one intake door (architecture, 8.7).

Discovery, services and requests are read here by everybody; requests come in through
`open311_intake`, updates through `open311_updates`.
"""

from flask import Response, url_for
from flask_babel import gettext as _

from gridgov.domain.errors import NotFound
from gridgov.services import service_requests
from gridgov.services.reference import Reference
from gridgov.services.service_requests import ServiceRequest
from gridgov.storage.districts import get as district_of
from gridgov.storage.service_requests import Wanted
from gridgov.storage.session import read_only
from gridgov.web import open311_intake, open311_updates, open311_words
from gridgov.web.access import public
from gridgov.web.i18n import pick
from gridgov.web.instance import utc_now
from gridgov.web.open311_base import EVERYTHING, FORMAT, READS, open311
from gridgov.web.open311_errors import NoSuch
from gridgov.web.open311_reading import argument, caller, read_wanted
from gridgov.web.open311_render import CONTENT_TYPES, answer, moment
from gridgov.web.security import limiter

__all__ = ["open311"]

# Importing them is what puts their routes in place.
PARTS = (open311_intake, open311_updates)
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


@open311.get(f"/discovery.{FORMAT}")
@open311.get(f"/v2/discovery.{FORMAT}")
@public("what this door offers, which is public")
@limiter.limit(READS)
def discovery(fmt: str) -> Response:
    """Say where the service is, in which formats, and how to get a key."""
    with read_only() as session:
        reference = caller(session).reference
        written = service_requests.catalogue_written(session, reference)
        sample = district_of(session, reference.district_code).sample
    name = pick(reference.name, reference.name_en)
    changeset = moment(written, reference.zone)
    endpoint = {
        "specification": SPECIFICATION,
        "url": url_for("open311.services", fmt="xml", _external=True).removesuffix("/services.xml"),
        "changeset": changeset,
        "type": "test" if sample else "production",
        "formats": [content.partition(";")[0] for content in CONTENT_TYPES.values()],
    }
    body = {
        "changeset": changeset,
        "contact": _("Call 12345 and ask for the command centre of %(name)s.", name=name),
        "key_service": _("The command centre of %(name)s gives out keys to partners.", name=name),
        "endpoints": [endpoint],
    }
    return answer("discovery", body)


@open311.get(f"/v2/services.{FORMAT}")
@public("kinds of problem, which are public")
@limiter.limit(READS)
def services(fmt: str) -> Response:
    """List what can be reported."""
    with read_only() as session:
        reference = caller(session).reference
    found = service_requests.offered(reference).values()
    return answer("services", [open311_words.service(item, reference) for item in found])


@open311.get(f"/v2/services/<code>.{FORMAT}")
@public("questions of a kind of problem, which are public")
@limiter.limit(READS)
def service_definition(code: str, fmt: str) -> Response:
    """Say what a service asks besides what and where."""
    with read_only() as session:
        reference = caller(session).reference
    try:
        item = service_requests.service(reference, code)
    except NotFound as error:
        raise NoSuch("service_code", code) from error
    return answer("service_definition", open311_words.definition(item))


@open311.get(f"/v2/requests.{FORMAT}")
@public(EVERYTHING)
@limiter.limit(READS)
def requests(fmt: str) -> Response:
    """List requests by number, or by service, time, status and place."""
    now = utc_now()
    with read_only() as session:
        who = caller(session)
        wanted = read_wanted(who.reference, now=now)
        visible = service_requests.visible(who.reference, who.key_id)
        found = service_requests.find(session, who.reference, visible, wanted, moves=_extended())
    return _requests(found, who.reference)


@open311.get(f"/v2/requests/<number>.{FORMAT}")
@public(EVERYTHING)
@limiter.limit(READS)
def one_request(number: str, fmt: str) -> Response:
    """Return one request, as a list of one."""
    with read_only() as session:
        who = caller(session)
        visible = service_requests.visible(who.reference, who.key_id)
        wanted = Wanted(numbers=frozenset({number}))
        found = service_requests.find(session, who.reference, visible, wanted, moves=_extended())
    if not found:
        raise NoSuch("service_request_id", number)
    return _requests(found, who.reference)


def _extended() -> bool:
    return argument("extensions").casefold() in {"true", "1", "yes"}


def _requests(found: list[ServiceRequest], reference: Reference) -> Response:
    extended = _extended()
    body = [open311_words.request(one, reference, extended=extended) for one in found]
    return answer("service_requests", body)


@open311.get(f"/v2/tokens/<token>.{FORMAT}")
@public("the number of a request, for whoever knows the token it was sent with")
@limiter.limit("60/minute")
def token(token: str, fmt: str) -> Response:
    """Return the number of the request that was sent with a client's own token."""
    with read_only() as session:
        reference = caller(session).reference
        try:
            number = open311_intake.number_of(session, reference.district_code, token)
        except NotFound as error:
            raise NoSuch("token", token) from error
    return answer("service_requests", [{"service_request_id": number, "token": token}])
