"""Errors as sentences, for leaves, duties, shifts and hand-overs."""

from typing import Any

from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import GridgovError
from gridgov.services.arranging import HasDuty
from gridgov.services.leaves import LeaveDecided, Overlaps
from gridgov.services.relief import NotWaiting

_DAY = _l("This is no day. It looks like 2026-11-22.")
_PAST = _l("This day is over. Choose today or one that comes.")
_CLOCK = _l("This is no time of day. It looks like 08:30.")

BY_REASON: dict[tuple[str, str], Any] = {
    ("from", "missing"): _l("Say from when."),
    ("from", "invalid"): _l("This is no moment. It looks like 2026-11-22T08:30."),
    ("until", "before_start"): _l("The end lies before the begin. Change one of them."),
    ("until", "in_the_past"): _l("This leave would be over already. Choose a later end."),
    ("until", "too_long_leave"): _l("A leave lasts a year at most."),
    ("kind", "unknown"): _l("Choose one of the list."),
    ("kind", "not_above"): _l("A village or town has night duty and cover; a grid has the rest."),
    ("cover", "unknown"): _l("Nobody on duty here has this name. Write the user name, or nothing."),
    ("person", "nobody"): _l("Nobody here has this name. Write the user name."),
    ("person", "several"): _l("Several people have this name. Write the user name."),
    ("person", "administrator"): _l("Administrators have no duty for grids. Name somebody else."),
    ("cover", "nobody"): _l("Nobody here has this name. Write the user name."),
    ("cover", "several"): _l("Several people have this name. Write the user name."),
    ("first", "invalid"): _DAY,
    ("last", "invalid"): _DAY,
    ("on", "invalid"): _DAY,
    ("first", "in_the_past"): _PAST,
    ("last", "in_the_past"): _PAST,
    ("last", "before_start"): _l("The last day lies before the first."),
    ("day", "missing"): _l("Choose weekdays, or one day."),
    ("day", "unknown"): _l("Choose weekdays, or one day."),
    ("opens", "invalid"): _CLOCK,
    ("closes", "invalid"): _CLOCK,
    ("closes", "same"): _l("A shift ends at another time than it begins."),
}
BY_KIND: dict[type[GridgovError], Any] = {
    Overlaps: _l("You have another leave in these days. Take that one back first."),
    LeaveDecided: _l("This leave was decided or taken back meanwhile."),
    NotWaiting: _l("This hand-over was settled meanwhile."),
    HasDuty: _l(
        "Somebody has this duty in these days. End it first, or choose another day or person."
    ),
}
