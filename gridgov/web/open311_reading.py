"""Reading Open311 arguments: jurisdiction, key, dates, lists, pages.

An empty argument counts as none (GeoReport v2, "Optional Arguments").
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import g, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from gridgov.domain.datum import LonLat
from gridgov.domain.errors import GridgovError, NotFound
from gridgov.domain.keys import Scope
from gridgov.domain.roles import Role
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import districts
from gridgov.storage.access import ApiKey
from gridgov.storage.service_requests import Span, Wanted
from gridgov.storage.session import read_only
from gridgov.web import access
from gridgov.web.access import Access, ScopeMissing, home_district
from gridgov.web.i18n import LANGUAGES, speak
from gridgov.web.open311_errors import NoSuch, Refused

SCOPE = Scope.OPEN311_WRITE
WINDOW = timedelta(days=90)
MOST = 1000
MAX_RADIUS_M = 50_000.0
MAX_PAGE = 1_000_000
NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # no database takes NUL

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request is about and from: the district, and the program's key where one was sent."""

    reference: Reference
    key: ApiKey | None

    @property
    def key_id(self) -> UUID | None:
        """Return the key's id, None for everybody else."""
        return None if self.key is None else self.key.id


def argument(name: str) -> str:
    """Return an argument of the form or the address, empty when there is none."""
    for values in (request.form, request.args):
        found = NOT_TEXT.sub("", values.get(name, "")).strip()
        if found:
            return found
    return ""


def many(name: str) -> list[str]:
    """Return the values of an argument that may be repeated and holds a list with commas."""
    told = request.args.getlist(name)
    return [part.strip() for text in told for part in text.split(",") if part.strip()]


def sent_key() -> str:
    """Return the key a program sent: in a header, or as api_key."""
    return access.sent_key() or argument("api_key")


def _key_if_good() -> ApiKey | None:
    """Return the key where nobody must have one; a wrong one opens no more than none."""
    key = access.known_key(sent_key())
    return key if key is not None and SCOPE in key.scopes else None


def with_key(area: str) -> Callable[[View], View]:
    """Declare a route for programs with a key for Open311; the key names the district.

    Raises: KeyRefused, ScopeMissing.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            _speak_at_home()
            g.open311_key = access.key_for(sent_key(), SCOPE)
            return view(*args, **kwargs)

        guarded.access = Access(  # type: ignore[attr-defined]
            "program", frozenset({Role.PROGRAM}), area, str(SCOPE)
        )
        return guarded  # type: ignore[return-value]

    return mark


def partner() -> ApiKey:
    """Return the key of this request, in a view that asks for one."""
    found: ApiKey = g.open311_key
    return found


def caller(session: Session) -> Caller:
    """Return district and key of this request, and answer in the district's language.

    A key decides the district. Without one: `jurisdiction_id`, or the district whose
    pages residents see. Raises: NoSuch (jurisdiction_id), ScopeMissing (another one's key).
    """
    key: ApiKey | None = g.get("open311_key") or _key_if_good()
    asked = argument("jurisdiction_id")
    code = asked or (key.district_code if key is not None else home_district())
    try:
        district = districts.get(session, code)
    except NotFound as error:
        raise NoSuch("jurisdiction_id", code) from error
    speak_as_asked(district.languages[0])
    if key is not None and key.district_code != code:
        if "open311_key" in g:
            raise ScopeMissing(f"the key is not for {code}")
        key = None
    return Caller(references.of(session, code), key)


def _speak_at_home() -> None:
    """Answer in the language of the district at home: whose key it is is not known yet."""
    with read_only() as session:
        speak_as_asked(districts.get(session, home_district()).languages[0])


def speak_as_asked(otherwise: str) -> None:
    """Answer in the language of the argument `locale`, else in another one."""
    asked = request.args.get("locale", "")
    known = {"zh": LANGUAGES[0], "en": LANGUAGES[1]}
    speak(known.get(asked[:2].casefold(), otherwise))


# Dates -------------------------------------------------------------------------------------

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_moment(name: str, zone: ZoneInfo) -> datetime | None:
    """Return a W3C datetime as an aware moment, None without one. Raises: Refused.

    A day alone is its first moment in the district, a time without an offset is local. A +
    that arrives as a space (not encoded in the address) is understood.
    """
    text = argument(name)
    if not text:
        return None
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", text) if "T" in text else text
    try:
        if not _DATE.match(text):
            raise ValueError(text)
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo is not None else found.replace(tzinfo=zone)
        # The first and last days of time have no room for an offset and a window.
        if not 1900 <= found.year <= 9000:
            raise ValueError(text)
    except ValueError as error:
        raise Refused(
            name, _("%(name)s must look like 2026-01-31T08:00:00+08:00.", name=name)
        ) from error
    return found


def read_span(
    first: str, last: str, reference: Reference, *, now: datetime, default: bool
) -> Span | None:
    """Return the stretch between two arguments, at most 90 days long. Raises: Refused.

    One end alone is completed by 90 days. Without both: the last 90 days where `default`
    says so, else None.
    """
    zone = reference.zone
    start, end = read_moment(first, zone), read_moment(last, zone)
    if start is None and end is None and not default:
        return None
    if start is None:
        start = (end or now) - WINDOW
    end = end or max(min(start + WINDOW, now), start)
    if start > end:
        raise Refused(first, _("%(first)s lies after %(last)s.", first=first, last=last))
    if end - start > WINDOW:
        raise Refused(
            first, _("%(first)s to %(last)s may span 90 days at most.", first=first, last=last)
        )
    return Span(start, end, (reference.local_day(start), reference.local_day(end)))


# What is looked for --------------------------------------------------------------------------


def read_wanted(reference: Reference, *, now: datetime) -> Wanted:
    """Return what a list of requests is asked for. Raises: Refused."""
    limit, offset = read_page()
    numbers = many("service_request_id")
    if numbers:
        return Wanted(numbers=frozenset(numbers[:MOST]), limit=limit, offset=offset)
    codes = many("service_code")
    updated = read_span("updated_after", "updated_before", reference, now=now, default=False)
    # Who asks for changes wants old requests that changed as well.
    received = read_span("start_date", "end_date", reference, now=now, default=updated is None)
    return Wanted(
        codes=frozenset(codes) if codes else None,
        open=_read_status(),
        received=received,
        updated=updated,
        near=_read_near(),
        limit=limit,
        offset=offset,
    )


def _read_status() -> bool | None:
    asked = {status.casefold() for status in many("status")}
    if asked - {"open", "closed"}:
        raise Refused("status", _("status is open, closed, or both."))
    return None if len(asked) != 1 else "open" in asked


def read_page() -> tuple[int, int]:
    """Return how many to send and how many to pass over. Raises: Refused."""
    size = min(_whole("page_size", MOST), MOST)
    return size, (_whole("page", 1) - 1) * size


def _whole(name: str, otherwise: int) -> int:
    text = argument(name)
    if not text:
        return otherwise
    if not re.fullmatch(r"\d{1,7}", text, re.ASCII) or not 1 <= int(text) <= MAX_PAGE:
        raise Refused(name, _("%(name)s must be a whole number from 1.", name=name))
    return int(text)


def _read_near() -> tuple[LonLat, float] | None:
    if not argument("radius") and not (argument("lat") and argument("long")):
        return None
    lat, lon, radius = (_number(name) for name in ("lat", "long", "radius"))
    if not 0 < radius <= MAX_RADIUS_M:
        raise Refused("radius", _("radius is in metres, up to 50,000."))
    try:
        return LonLat(lon=lon, lat=lat), radius
    except GridgovError as error:
        raise Refused("lat", _("lat and long must be numbers in degrees.")) from error


def _number(name: str) -> float:
    try:
        return float(argument(name))
    except ValueError as error:
        raise Refused(name, _("lat, long and radius go together, all three as numbers.")) from error
