"""Errors as sentences, for what a district publishes."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import GridgovError
from gridgov.services.releases import OwnCase

NOT_A_DAY = _l("A day looks like 2026-11-22.")


def _too_long(values: dict[str, Any]) -> str:
    return _("At most %(limit)s characters fit, this has %(length)s. Nothing was lost.", **values)


def _personal(values: dict[str, Any]) -> str:
    return _("“%(words)s” looks personal. Take it out; everything else is kept.", **values)


BY_REASON: dict[tuple[str, str], Any] = {
    ("area_code", "missing"): _l("Choose for whom it is."),
    ("title", "missing"): _l("Give it a title."),
    ("first_on", "not_a_day"): NOT_A_DAY,
    ("last_on", "not_a_day"): NOT_A_DAY,
    ("last_on", "before_first"): _l("The last day cannot be before the first."),
    ("month", "invalid"): _l("A month looks like 2026-11."),
    ("release", "missing"): _l("Choose a picture, or the reply."),
    ("checks", "not_all"): _l("Look at each point of the list and tick it."),
    ("reply", "personal"): _personal,
    ("k", "out_of_range"): lambda values: _(
        "Choose a number from %(least)s to %(most)s.", **values
    ),
    ("cell_m", "unknown"): _l("Choose one of the sizes."),
    ("licence_url", "not_https"): _l("An address begins with https://."),
    **{
        (name, "too_long"): _too_long
        for name in (
            "title",
            "title_en",
            "text_en",
            "reply",
            "contact",
            "contact_en",
            "licence",
            "licence_url",
        )
    },
}
BY_KIND: dict[type[GridgovError], Any] = {
    OwnCase: _l("You had this case. Somebody else has to look at it first."),
}
