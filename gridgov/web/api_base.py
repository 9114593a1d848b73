"""The blueprint of the machine door, and what its routes share.

One file per noun registers its routes on `api`. Each says who may call it (access.py)
and what it takes and gives (`described`); the document is made of that (api_docs.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from flask_limiter.util import get_remote_address
from pydantic import BaseModel

from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage import districts
from gridgov.storage.session import read_only
from gridgov.web.access import current_key, home_district
from gridgov.web.i18n import COOKIE, language, speak
from gridgov.web.security import csrf, limiter

api = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(api)  # no session is read for writing; see security._same_origin_only


@api.before_request
def _speak() -> None:
    """Answer programs in the language they ask for, or else in their district's own.

    People keep the language they chose, which is in a cookie.
    """
    key = current_key()
    if key is None or COOKIE in request.cookies:
        return
    # In the order of their weight; werkzeug's best_match takes en before zh-CN.
    wanted = [name[:2].lower() for name in request.accept_languages.values()]
    asked = next((name for name in wanted if name in ("zh", "en")), None)
    if asked is None:
        with read_only() as session:
            asked = districts.get(session, key.district_code).languages[0]
    speak("en" if asked.startswith("en") else "zh-Hans")


View = TypeVar("View", bound=Callable[..., Any])
READS = "600/minute"
WRITES = "300/minute;3000/hour"
KEPT_S = 300  # how long names, borders and classes may be kept by a program


@dataclass(frozen=True, slots=True)
class Body:
    """A body a route takes: its model for each kind of content."""

    models: Mapping[str, type[BaseModel]]
    example: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and gives, for the document.

    `statuses` are those of success, `problems` those beside what follows from access and
    parameters; `path` describes the parameters in the address by (words, example),
    `headers` those that may be sent besides.
    """

    tag: str
    answer: type[BaseModel]
    query: type[BaseModel] | None = None
    body: Body | None = None
    statuses: tuple[int, ...] = (200,)
    problems: tuple[int, ...] = ()
    path: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"
    cached: bool = False


def described(tag: str, answer: type[BaseModel], **more: Any) -> Callable[[View], View]:
    """Write down what a route takes and gives; the arguments are those of `Operation`."""

    def mark(view: View) -> View:
        view.operation = Operation(tag, answer, **more)  # type: ignore[attr-defined]
        return view

    return mark


def key_or_address() -> str:
    """Return who is counted: the program by its key, everybody else by address."""
    key = current_key()
    return f"key:{key.id}" if key is not None else get_remote_address()


def limited(rate: str) -> Callable[[View], View]:
    """Declare how often a route may be called, by each key or address."""
    limit: Any = limiter.limit(rate, key_func=key_or_address)
    mark: Callable[[View], View] = limit
    return mark


def district_of(asked: str = "") -> str:
    """Return the district that is asked for: by name, by the key, or the residents' own."""
    key = current_key()
    return asked or (home_district() if key is None else key.district_code)


def reference_of(asked: str = "") -> Reference:
    """Return the reference data of the district asked for. Raises: NotFound."""
    with read_only() as session:
        return references.of(session, district_of(asked))


def moment(value: datetime) -> str:
    """Return a moment as programs read it: UTC, to the second."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def exact(value: datetime) -> str:
    """Return a moment in UTC to the microsecond, to be sent back as a limit."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def said(body: BaseModel, status: int = 200) -> Response:
    """Return a model as JSON, names as the document has them."""
    response = jsonify(body.model_dump(mode="json", by_alias=True))
    response.status_code = status
    return response


def kept(response: Response) -> Response:
    """Let a program keep an answer for some minutes and ask whether it is still good."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    response.headers["Content-Language"] = language()
    response.vary.update(("Authorization", "X-Api-Key", "Accept-Language", "Cookie"))
    response.add_etag()
    response.make_conditional(request)
    return response
