"""Errors as sentences, for what reporters do later and for merging and splitting."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import GridgovError
from gridgov.services.effects_beside import UrgedToday
from gridgov.services.effects_intake import (
    AppealedBefore,
    AppealTooLate,
    AskedTooOften,
    OthersReported,
    WorkBegan,
)
from gridgov.services.merging import MergedMeanwhile
from gridgov.services.reporters import TakenBack

BY_REASON: dict[tuple[str, str], Any] = {
    ("position", "not_moved"): _l("The pin is where it was. Move it, or give the place by name."),
    ("phone", "missing"): _l("Enter the phone number the report was made with."),
    ("day", "not_a_day"): _l("A day looks like 2026-11-22. Leave it empty if you do not know."),
    ("case", "missing"): _l("Name the other case by its number."),
    ("case", "unknown"): _l("There is no such case that this one could go into."),
    ("case", "not_open"): lambda values: _("Case %(number)s is done already.", **values),
    ("parts", "missing"): _l("Choose at least one part that becomes a case of its own."),
    ("parts", "too_many"): lambda values: _("At most %(limit)s parts.", **values),
    ("parts", "not_told"): _l(
        "A part may hold only words of the report. Take them as they stand there."
    ),
    ("report", "unknown"): _l("This report does not belong to the case."),
}
BY_KIND: dict[type[GridgovError], Any] = {
    UrgedToday: _l("You urged us already; once a day is possible."),
    AppealedBefore: _l("An appeal was made already; it is decided once."),
    AppealTooLate: _l("The fifteen days to appeal are over. Please report it anew."),
    AskedTooOften: _l("The reporter was asked twice already. Decide with what is known."),
    OthersReported: _l("Others reported it too, so the case stays; only your report can go."),
    WorkBegan: _l("Somebody is working on it already, so it cannot be taken back any more."),
    MergedMeanwhile: _l("Somebody merged or separated these cases just now. Look at them again."),
    TakenBack: _l("You took this report back. If it is still there, report it anew."),
}
