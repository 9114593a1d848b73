"""What the desk's forms say is wrong: (field, reason) → a sentence."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

BY_REASON: Mapping[tuple[str, str], Any] = {
    ("channel", "missing"): _l("Please choose how it came in."),
    ("category", "missing"): _l("Please choose what it is, or one of the suggested classes."),
    ("external_id", "missing"): _l("Enter the number of the hotline’s order."),
    ("external_id", "too_long"): _l("This number is too long; 60 characters are possible."),
}
