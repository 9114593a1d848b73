"""The words of the workflow's table: who may do what, what must be given, what the clock does."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from gridgov.domain.workflow import Action, Clock, Need, Relation
from gridgov.web import words

RELATIONS: Mapping[Relation, Any] = {
    Relation.ASSIGNEE: _l("who has it"),
    Relation.ASSISTANT: _l("who assists"),
    Relation.VERIFIER: _l("who goes to look"),
    Relation.CHECKER: _l("who checks"),
    Relation.FINDER: _l("the worker who found it"),
    Relation.DISPATCHER: _l("the desk"),
    Relation.RULER: _l("the desk one level up"),
    Relation.APPROVER: _l("who approves"),
    Relation.REVIEWER: _l("another desk"),
    Relation.LEADER: _l("the supervisor"),
    Relation.WATCHER: _l("the supervisor of the level that watches"),
    Relation.REPORTER: _l("the reporter"),
    Relation.SYSTEM: _l("gridgov itself"),
}
NEEDS: Mapping[Need, Any] = {
    Need.TEXT: _l("words"),
    Need.REASON: _l("a reason"),
    Need.AFTER_PHOTO: _l("a photo afterwards, where the class asks for it"),
    Need.BOTH_PHOTOS: _l("photos before and after"),
    Need.TARGET: _l("who gets it"),
    Need.RECEIPT: _l("a receipt number"),
    Need.SOLVED: _l("whether it is solved"),
    Need.UNTIL: _l("until when"),
    Need.TASK: _l("which task"),
    Need.POSITION: _l("the spot"),
    Need.CASE: _l("another case"),
    Need.LEVEL: _l("a level"),
}
CLOCKS: Mapping[Clock, Any] = {
    Clock.KEEP: _l("runs on"),
    Clock.START_SIGN: _l("the limit to sign starts"),
    Clock.PAUSE: _l("stands"),
    Clock.CONTINUE: _l("goes on"),
    Clock.EXTEND: _l("gets more time"),
    Clock.RESUME: _l("goes on, with an hour at least"),
    Clock.RESTART: _l("starts anew"),
    Clock.STOP: _l("ends"),
}


def action(one: Action) -> str:
    """Return what an action is called where it happened; its code where it has no word."""
    return str(words.ACTION_WORDS.get(one, one))


def relation(one: Relation) -> str:
    """Return how somebody stands to a case, in words."""
    return str(RELATIONS.get(one, one))


def need(one: Need) -> str:
    """Return what must come with an action, in words."""
    return str(NEEDS.get(one, one))


def clock(one: Clock) -> str:
    """Return what an action does to the limit to handle, in words."""
    return str(CLOCKS.get(one, one))
