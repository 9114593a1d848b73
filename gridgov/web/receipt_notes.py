"""What was said on a case, as its reporter may read it: answers, questions, own words.

Notes among staff never come here: only actions of `FROM_STAFF` carry words for the public.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from gridgov.domain.privacy import mask_personal
from gridgov.domain.workflow import Action
from gridgov.services.reference import Reference
from gridgov.storage.history import CaseEntry
from gridgov.storage.reports import Report
from gridgov.web import words

FROM_STAFF = frozenset(
    {
        Action.ASK_INFO,
        Action.REPLY,
        Action.RESOLVE,
        Action.REJECT,
        Action.TRANSFER,
        Action.GRANT_APPEAL,
        Action.DENY_APPEAL,
    }
)
# What a reporter says is for that reporter's eyes only, among all who follow a case.
OWN = frozenset({Action.ADD, Action.ANSWER, Action.APPEAL, Action.WITHDRAW, Action.LEAVE})


def notes(
    entries: Sequence[CaseEntry],
    told: Sequence[CaseEntry],
    report: Report,
    now: datetime,
    reference: Reference,
) -> list[dict[str, Any]]:
    """Return {at, words} of what was said, oldest first.

    `entries` are those of the case that is followed, `told` those of the report's own case:
    the same unless it was merged. What was added meanwhile stands in both.
    """
    own = [entry for entry in told if is_own(entry, report)]
    seen = {(entry.action, entry.at) for entry in own}
    mine = [*own]
    if told is not entries:
        mine += [
            entry
            for entry in entries
            if is_own(entry, report) and (entry.action, entry.at) not in seen
        ]
    said = [entry for entry in entries if Action(entry.action) in FROM_STAFF]
    shown = sorted((*mine, *said), key=lambda entry: entry.at)
    return [
        {"at": words.clock(entry.at, now, reference.zone), "words": _note(entry)}
        for entry in shown
        if entry.text
    ]


def is_own(entry: CaseEntry, report: Report) -> bool:
    """Tell whether a line is something this reporter did."""
    return Action(entry.action) in OWN and entry.data.get("report") == str(report.id)


def _note(entry: CaseEntry) -> str:
    action, text = Action(entry.action), str(entry.text)
    if action is Action.ADD:
        return _("You added: %(text)s", text=text)
    if action is Action.ANSWER:
        return _("You answered: %(text)s", text=text)
    if action is Action.APPEAL:
        return _("You appealed: %(text)s", text=text)
    if action in OWN:
        return _("You took it back: %(text)s", text=text)
    if action is Action.ASK_INFO:
        return _("We asked: %(text)s", text=mask_personal(text))
    return mask_personal(text)
