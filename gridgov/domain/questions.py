"""Questions a class of problem asks besides what and where, and checked answers to them.

The kinds of answer are those of an Open311 service definition, so that a program can
draw a form from them without knowing gridgov.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gridgov.domain.errors import InvalidInput

MAX_STRING = 200
MAX_ANSWER = 2_000
MAX_LINKS = 6
MAX_LINK = 500

Answer = str | list[str]
Answers = dict[str, Answer]

# Not a question: addresses of pictures that lie elsewhere, kept beside the answers. Nobody
# here opens them by program: a server that fetches what strangers name can be led anywhere.
LINKS = "media_url"
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


class Datatype(StrEnum):
    """What kind of answer a question wants (Open311 GeoReport v2, service definition)."""

    STRING = "string"  # one line
    NUMBER = "number"
    DATETIME = "datetime"  # ISO 8601: a day, or a moment
    TEXT = "text"  # several lines
    SINGLE = "singlevaluelist"
    MULTI = "multivaluelist"

    @property
    def has_values(self) -> bool:
        """Tell whether the answer is chosen from a list."""
        return self in (Datatype.SINGLE, Datatype.MULTI)


@dataclass(frozen=True, slots=True)
class Value:
    """One answer to choose, under the key that is sent and kept."""

    key: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a class; `hint` says how to answer it, `values` what to choose from."""

    code: str
    datatype: Datatype
    required: bool
    description: str
    description_en: str
    hint: str = ""
    hint_en: str = ""
    values: tuple[Value, ...] = ()

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Question":
        """Read a question back from what `dataclasses.asdict` made of it."""
        values = tuple(Value(**value) for value in body["values"])
        return cls(**{**body, "datatype": Datatype(body["datatype"]), "values": values})


def check_answers(
    questions: Sequence[Question], answers: Mapping[str, Any], *, require: bool
) -> Answers:
    """Return the answers to these questions by code, clean, in the order of the questions.

    A list is kept for a multivaluelist, text for everything else. Blank answers and codes
    that no question has are left out: programs send what other systems ask for as well.
    With `require` a required question must be answered.
    Raises: InvalidInput (field `attribute[code]`; reason missing, too_many, too_long,
    not_a_number, not_a_datetime or unknown).
    """
    found: Answers = {}
    for question in questions:
        given = _given(answers.get(question.code))
        if not given:
            if require and question.required:
                raise _wrong(question, "missing")
        elif question.datatype is Datatype.MULTI:
            found[question.code] = list(dict.fromkeys(_checked(question, one) for one in given))
        elif len(given) > 1:
            raise _wrong(question, "too_many")
        else:
            found[question.code] = _checked(question, given[0])
    links = check_links(_given(answers.get(LINKS)))
    return found | ({LINKS: links} if links else {})


def check_links(links: Sequence[str]) -> list[str]:
    """Return web addresses of pictures elsewhere, each once.

    Raises: InvalidInput (field media_url; reason too_many, too_long or not_a_link).
    """
    found = list(dict.fromkeys(links))
    if len(found) > MAX_LINKS:
        raise InvalidInput(LINKS, "too_many", limit=MAX_LINKS)
    for link in found:
        if len(link) > MAX_LINK:
            raise InvalidInput(LINKS, "too_long", limit=MAX_LINK, length=len(link))
        if not re.fullmatch(r"(?i:https?)://[^\s<>\"]+", link):
            raise InvalidInput(LINKS, "not_a_link")
    return found


def _wrong(question: Question, reason: str, **values: Any) -> InvalidInput:
    field = f"attribute[{question.code}]"
    return InvalidInput(field, reason, question=question, **values)


def _given(value: Any) -> list[str]:
    """Return what was sent as a list of texts without blanks, control characters and edges."""
    many = value if isinstance(value, list | tuple) else [value]
    texts = (_clean(str(one)) for one in many if one is not None)
    return [text for text in texts if text]


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    plain = unicodedata.normalize("NFC", lines)
    return "".join(c for c in plain if c == "\n" or not _unwanted(c)).strip()


def _unwanted(char: str) -> bool:
    """Tell whether a character is a control, half a surrogate pair, or turns the reading."""
    return unicodedata.category(char) in ("Cc", "Cs") or unicodedata.bidirectional(char) in TURNING


def _checked(question: Question, text: str) -> str:
    return CHECKS[question.datatype](question, text)


def _string(question: Question, text: str) -> str:
    line = " ".join(text.split())
    if len(line) > MAX_STRING:
        raise _wrong(question, "too_long", length=len(line), limit=MAX_STRING)
    return line


def _text(question: Question, text: str) -> str:
    if len(text) > MAX_ANSWER:
        raise _wrong(question, "too_long", length=len(text), limit=MAX_ANSWER)
    return text


def _number(question: Question, text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"[+-]?\d{1,15}(?:\.\d{1,10})?", plain, re.ASCII):
        raise _wrong(question, "not_a_number")
    return plain.lstrip("+")


def _datetime(question: Question, text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(question, "not_a_datetime") from error
    return text


def _choice(question: Question, text: str) -> str:
    if text not in {value.key for value in question.values}:
        raise _wrong(question, "unknown", keys=[value.key for value in question.values])
    return text


CHECKS: Mapping[Datatype, Callable[[Question, str], str]] = {
    Datatype.STRING: _string,
    Datatype.NUMBER: _number,
    Datatype.DATETIME: _datetime,
    Datatype.TEXT: _text,
    Datatype.SINGLE: _choice,
    Datatype.MULTI: _choice,
}
