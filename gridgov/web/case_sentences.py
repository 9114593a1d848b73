"""Sentences for what can go wrong with an act on a case: why not, and what to do instead."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.approvals import ExtensionTooLate, TooManyExtensions
from gridgov.domain.errors import GridgovError
from gridgov.services import reference as references
from gridgov.services.effects import NeedsRuling, Ruled
from gridgov.services.effects_beside import AlreadySupervised
from gridgov.services.effects_work import AlreadyApplied, AssistanceOpen, NothingApplied
from gridgov.services.steps import StepDone
from gridgov.storage.session import read_only
from gridgov.web.access import current_actor


def _latest(values: dict[str, Any]) -> str:
    moment = values.get("latest")
    if not moment:
        return _("This is later than may be. Choose an earlier day.")
    with read_only() as session:  # the moment is UTC, and read by the clock of the district
        zone = references.of(session, current_actor().district_code).zone
    at = f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}"
    return _("This is later than may be: at the latest %(at)s.", at=at)


_CHOOSE_TASK = _l("Choose one of the open tasks; perhaps it ended meanwhile.")
_LEVEL = _l("Choose how closely the case is to be watched.")

BY_REASON: dict[tuple[str, str], Any] = {
    ("until", "missing"): _l("Say until when."),
    ("until", "invalid"): _l("This is no date. It looks like 2026-11-22 or 2026-11-22T18:00."),
    ("until", "past"): _l("This day is over. Choose one that comes."),
    ("until", "shorter"): _l("This is not later than the limit now. Choose a later moment."),
    ("until", "too_long"): _latest,
    ("until", "beyond_the_case"): _latest,
    ("target", "already_part"): _l("They take part in this case already. Choose somebody else."),
    ("task", "missing"): _CHOOSE_TASK,
    ("task", "unknown"): _CHOOSE_TASK,
    ("task", "not_yours"): _l("This task was given to somebody else."),
    ("step", "not_yours"): _l("Whoever has the case in hand says that a step is done."),
    ("step", "unknown"): _l("Choose one of the steps of this case."),
    ("level", "missing"): _LEVEL,
    ("level", "unknown"): _LEVEL,
    ("level", "not_supervised"): _l("Nobody watches this case; there is nothing to end."),
    ("category", "not_self_close"): _l(
        "This kind of problem is not closed by who found it. Hand it in as a report."
    ),
    **dict.fromkeys(
        [(name, "missing") for name in ("photos", "photo_before", "photo_after")],
        _l("A photo before and a photo afterwards are needed."),
    ),
}

BY_KIND: dict[type[GridgovError], Any] = {
    ExtensionTooLate: _l("The limit has passed; more time is asked for before that."),
    TooManyExtensions: _l("The limit was extended twice already, more is not possible."),
    NeedsRuling: _l("It was returned twice: the level above rules whose it is."),
    Ruled: _l("The level above ruled whose this is; only that level gives it to another."),
    AlreadyApplied: _l("Something was applied for and is not decided yet; one thing at a time."),
    NothingApplied: _l("Nothing of this kind waits for a decision any more."),
    AssistanceOpen: _l(
        "Somebody who was called in has not finished. Wait for them, or let them off."
    ),
    StepDone: _l("Somebody said before that this step is done."),
    AlreadySupervised: _l("The case is watched as closely already."),
}
