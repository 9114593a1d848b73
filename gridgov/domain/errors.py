"""The kinds of error that rules and acts raise.

Each kind has a stable `code` (for programs and translations) and may carry the
values its sentence needs. Text for people lives in the message catalogues, not
here: `web/errors.py` is the only table from kind to HTTP status.
"""

from typing import Any, ClassVar


class GridgovError(Exception):
    """Root of every error gridgov raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "", **values: Any) -> None:
        """Keep an English sentence for logs and the values for a translated one."""
        super().__init__(message or self.code)
        self.values = values


class InvalidInput(GridgovError):
    """What was sent cannot be used; `field` names the form field, `reason` the rule."""

    code = "invalid_input"

    def __init__(self, field: str, reason: str, message: str = "", **values: Any) -> None:
        """Name the field and the rule it broke."""
        super().__init__(message or f"{field}: {reason}", **values)
        self.field = field
        self.reason = reason


class NotAllowed(GridgovError):
    """The person may not do this to that thing."""

    code = "not_allowed"


class NotFound(GridgovError):
    """There is no such thing, or none the person may know about."""

    code = "not_found"


class InvalidTransition(GridgovError):
    """The case is in a state in which this action does not exist."""

    code = "invalid_transition"


class Conflict(GridgovError):
    """Somebody else changed the thing first."""

    code = "conflict"


class OutsideJurisdiction(GridgovError):
    """The position lies in no area of the active grid version."""

    code = "outside_jurisdiction"


class Unavailable(GridgovError):
    """A part that is needed cannot be reached now; trying again may help."""

    code = "unavailable"
