"""What a form of the case page is made of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Words = Any  # a sentence that is said in the language of the request


class Group(StrEnum):
    """Under which heading a form stands (templates/staff/_actions.html)."""

    WORK = "work"
    ASK = "ask"
    DECIDE = "decide"
    MORE = "more"


class Kind(StrEnum):
    """What a field asks for; each is one need of the workflow table."""

    TEXT = "text"
    REASON = "reason"
    TARGET = "target"  # a unit or a person of a list
    PLACE = "place"  # somebody outside, in words
    RECEIPT = "receipt"
    MOMENT = "moment"
    DAY = "day"
    TASK = "task"
    STEP = "step"  # of a staged limit
    LEVEL = "level"
    SPOT = "position"  # longitude and latitude, with their datum
    CASE = "case"  # the number of another case
    PHOTO = "photo"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a form asks for; `either`: it, or another field of the form that says so."""

    kind: Kind
    label: Words = ""
    hint: Words = ""
    optional: bool = False
    either: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One action as a person does it.

    `at_once`: needs no form, one press does it where it is the filled button.
    """

    word: Words
    icon: str
    group: Group
    fields: tuple[Field, ...] = ()
    submit: Words = ""
    at_once: bool = False
    danger: bool = False
