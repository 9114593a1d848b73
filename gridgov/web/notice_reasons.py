"""Why a message was not sent, in words; and the banner of a case whose holder was not reached."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.notices import PERSON, Recipient
from gridgov.storage import notices as store
from gridgov.storage import people
from gridgov.web.case_fields import Look
from gridgov.web.i18n import pick

REASONS: Mapping[str, Any] = {
    "no_way": _l("no browser, mail address or phone is known"),
    "no_address": _l("the address was taken out meanwhile"),
    "gone": _l("the browser has ended its subscription"),
    "unreachable": _l("the service could not be reached"),
    "broken_off": _l("broken off while it was sent; it may have arrived"),
    "cut": _l("the line was cut while it was sent; it may have arrived"),
    "not_set_up": _l("this way is not set up any more"),
    "not_writable": _l("the file cannot be written"),
    "no_turn": _l("its turn did not come in time"),
    "refused": _l("the service refused it"),
    "not_an_address": _l("the robot's address is not understood"),
}


def words(reason: str | None) -> str:
    """Return a reason in words; codes of services as they gave them."""
    if not reason:
        return ""
    known = REASONS.get(reason)
    if known is not None:
        return str(known)
    return _("the service answered %(code)s", code=reason.rpartition("_")[2])


def banner(look: Look) -> dict[str, Any] | None:
    """Return that nobody of those the case was given to could be reached, if it is so."""
    if not look.case.is_open:
        return None
    lost = store.assignment_lost(look.session, look.case.id)
    if not lost:
        return None
    known = {Recipient.read(one.recipient) for one in lost}
    ids = {one.uuid for one in known if one.kind == PERSON}
    if look.actor.person_id in ids:
        return None  # who reads this knows of the case now
    names = sorted(people.names(look.session, ids).values())
    who = pick("、", ", ").join(names)
    why = sorted({words(one.reason) for one in lost})
    return {
        "icon": "bell",
        "kind": "wait",
        "title": _("Could not be reached by a notice: %(who)s", who=who)
        if who
        else _("Nobody could be reached by a notice"),
        "lines": [*why, _("Please call; the case stands in their list all the same.")],
    }
