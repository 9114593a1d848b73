"""What a program sent, as typed values: query, body and cursor, checked by the models.

The same models make the OpenAPI document, so what is accepted and what is written
down cannot drift apart. Everything that does not fit is named at once (`Malformed`).
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.errors import InvalidInput
from gridgov.web import sentences
from gridgov.web.malformed import Fault, Malformed

MOST = 500
USUAL = 100
FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})

ID_CURSOR = r"^[A-Za-z0-9_-]{21}[AQgw]$"
KEY_CURSOR = r"^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,4})$"

NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _number(value: Any) -> Any:
    # A query holds text only; Python would also read 1_0, １０ and "infinity".
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        raise PydanticCustomError("not_a_number", "not a number")
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "not a number")
    return value


def _whole(value: Any) -> Any:
    if isinstance(value, str) and not WHOLE.fullmatch(value):
        raise PydanticCustomError("not_a_whole_number", "not a whole number")
    return value


def _day(value: Any) -> Any:
    if isinstance(value, str) and not DAY.fullmatch(value):
        raise PydanticCustomError("not_a_day", "not a day")
    return value


def _moment(value: Any) -> Any:
    # A plus sign of an address nobody encoded arrives as a space.
    text = value.replace(" ", "+") if isinstance(value, str) and value[10:11] in "Tt" else value
    if isinstance(text, str) and not MOMENT.fullmatch(text):
        raise PydanticCustomError("not_a_moment", "not a moment with its zone")
    return text


def _within_years(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("not_a_moment", "outside the years 1 to 9999") from error


def _nothing(value: Any) -> Any:
    # The page's form sends what it does not know as an empty text.
    return None if value == "" else value


def _datum(value: Any) -> Any:
    try:
        return parse_datum(value) if isinstance(value, str) else value
    except InvalidInput as error:
        raise PydanticCustomError("datum", "no datum we know") from error


def _true_or_false(value: Any) -> Any:
    known = {"true": True, "false": False}
    if isinstance(value, str):
        if value not in known:
            raise PydanticCustomError("not_true_or_false", "neither true nor false")
        return known[value]
    return value


Number = BeforeValidator(_number)
Whole = BeforeValidator(_whole)
Day = BeforeValidator(_day)
TrueOrFalse = BeforeValidator(_true_or_false)
Nothing = BeforeValidator(_nothing)
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_within_years)]
DatumName = Annotated[Datum, BeforeValidator(_datum)]
# A number that a form may leave empty.
Metres = Annotated[
    Annotated[float, Field(ge=0, allow_inf_nan=False)] | None,
    Number,
    Nothing,
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"const": ""}]}),
]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), Number]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), Number]

Limit = Annotated[
    int,
    Field(ge=1, le=MOST, description="How many at most."),
    Whole,
]


class Query(BaseModel):
    """The parameters of an address. An unknown one is refused: a typo would find too much."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


M = TypeVar("M", bound=BaseModel)


def query(model: type[M]) -> M:
    """Return the parameters of the request's address. Raises: Malformed."""
    values: dict[str, Any] = {}
    for name, given in request.args.lists():
        many = name in _lists(model)
        if len(given) > 1 and not many:
            raise Malformed([Fault(name, "repeated", _("This may be said once only."))])
        clean = [_clean(one) for one in given]
        values[name] = clean if many else clean[0]
    return checked(model, values)


def _lists(model: type[BaseModel]) -> set[str]:
    return {
        info.alias or name
        for name, info in model.model_fields.items()
        if str(info.annotation).startswith("list[")
    }


def body() -> dict[str, Any]:
    """Return the body of the request: a JSON object, or the fields of a form.

    Raises: Malformed for what is no JSON object, UnsupportedMediaType for other content.
    """
    if request.is_json:
        try:
            found = request.get_json()
        except (BadRequest, RecursionError) as error:
            raise Malformed([Fault("body", "not_json", _("The body is not JSON."))]) from error
        if not isinstance(found, dict):
            raise Malformed([Fault("body", "not_an_object", _("The body is no JSON object."))])
        cleaned: dict[str, Any] = _clean(found)
        return cleaned
    if not request.mimetype and not request.content_length:
        raise Malformed([Fault("body", "missing", _("This is needed."))])
    if request.mimetype in FORMS:
        return {name: _clean(value) for name, value in request.form.items()}
    raise UnsupportedMediaType


def _clean(value: Any) -> Any:
    """Take out of texts what no database keeps: half surrogates and NUL."""
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode().replace("\0", "")
    if isinstance(value, dict):
        return {_clean(name): _clean(inner) for name, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


def checked(model: type[M], values: Mapping[str, Any]) -> M:
    """Return values as a model. Raises: Malformed with a fault for each field that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Malformed([_fault(one) for one in error.errors()]) from error


# Kinds of pydantic → our stable reasons and sentences; %(…)s comes from the kind's context.
REASONS: Mapping[str, tuple[str, Any]] = {
    "missing": ("missing", _l("This is needed.")),
    "extra_forbidden": ("unknown_name", _l("There is no parameter of this name.")),
    "not_a_number": ("not_a_number", _l("This must be a number.")),
    "float_type": ("not_a_number", _l("This must be a number.")),
    "finite_number": ("not_a_number", _l("This must be a number.")),
    "not_a_whole_number": ("not_a_whole_number", _l("This must be a whole number.")),
    "int_type": ("not_a_whole_number", _l("This must be a whole number.")),
    "greater_than_equal": ("out_of_range", _l("This must be %(ge)s or more.")),
    "less_than_equal": ("out_of_range", _l("This must be %(le)s or less.")),
    "not_a_day": ("not_a_day", _l("A day looks like 2026-11-22.")),
    "not_a_moment": ("not_a_moment", _l("A moment looks like 2026-11-22T08:00:00+08:00.")),
    "not_true_or_false": ("not_true_or_false", _l("This must be true or false.")),
    "bool_type": ("not_true_or_false", _l("This must be true or false.")),
    "datum": ("unknown", _l("This must be wgs84, cgcs2000, gcj02 or bd09.")),
    "enum": ("unknown", _l("This must be one of: %(expected)s.")),
    "literal_error": ("unknown", _l("This must be one of: %(expected)s.")),
    "string_type": ("not_a_text", _l("This must be a text.")),
    "string_pattern_mismatch": ("wrong_form", _l("This does not have the right form.")),
    "string_too_long": ("too_long", _l("At most %(max_length)s characters fit.")),
    "string_too_short": ("too_short", _l("At least %(min_length)s characters are needed.")),
    "too_long": ("too_many", _l("At most %(max_length)s are taken.")),
    "before_first": ("before_first", _l("The last day lies before the first.")),
    "too_many_days": ("too_many_days", _l("At most %(most)s days can be asked for at once.")),
}
DATES = ("date_", "datetime_")


def _fault(error: ErrorDetails) -> Fault:
    """Return what pydantic found in our words; a part of a list is named by the list."""
    name = ".".join(str(part) for part in error["loc"] if isinstance(part, str)) or "body"
    kind = error["type"]
    if kind.startswith(DATES):
        kind = "not_a_moment" if kind.startswith("datetime") else "not_a_day"
    reason, sentence = REASONS.get(kind, ("invalid", _l("This cannot be used.")))
    # Some fields have better words than their kind of fault.
    sentence = sentences.PLAIN.get((name, reason), sentence)
    values = {key: str(value).replace(" or ", ", ") for key, value in error.get("ctx", {}).items()}
    return Fault(name, reason, str(sentence) % values)


def in_order(first: date | None, last: date | None, most: int | None = None) -> None:
    """Check a period of local days, both included. Raises: Malformed (field to)."""
    if first is None or last is None:
        return
    kind, values = "before_first", {}
    if first <= last:
        if most is None or (last - first).days < most:
            return
        kind, values = "too_many_days", {"most": most}
    reason, sentence = REASONS[kind]
    raise Malformed([Fault("to", reason, str(sentence) % values)])


def id_cursor(last: UUID) -> str:
    """Return the cursor behind the thing with an id."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def read_id_cursor(cursor: str | None) -> UUID | None:
    """Return the id a cursor stands behind; its form was checked by the model."""
    return None if cursor is None else UUID(bytes=_decoded(cursor))


def key_cursor(last: str) -> str:
    """Return the cursor behind the thing with a key (letters, digits, signs of ASCII)."""
    return base64.urlsafe_b64encode(last.encode("ascii")).decode().rstrip("=")


def read_key_cursor(cursor: str | None) -> str | None:
    """Return the key a cursor stands behind. Any text is a place in an ordered list."""
    if cursor is None:
        return None
    return _decoded(cursor).decode("ascii", "replace").replace("\0", "")


def _decoded(cursor: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except binascii.Error as error:
        fault = Fault("cursor", "wrong_form", _("This does not have the right form."))
        raise Malformed([fault]) from error
