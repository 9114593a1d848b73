"""Applications: who may decide, and what may be asked for at all (domain.md 2.3, 16–21)."""

from datetime import datetime, timedelta
from enum import StrEnum

from gridgov.domain.catalogue import Level
from gridgov.domain.deadlines import Limit, WorkingCalendar, due_at
from gridgov.domain.errors import Conflict, InvalidInput

MAX_EXTENSIONS = 2
RULING_AFTER = 2  # returns; then the level above decides, and its word is final
MAX_SUSPENSION = timedelta(days=60)
TOWN_SUSPENSION = timedelta(days=30)
# The whole time, extensions included, is at most this many times the limit.
MAX_TIMES = 2
HALF_MORE = 1.5
_LEVELS = list(Level)


class Applied(StrEnum):
    """What can be applied for."""

    EXTENSION = "extension"
    SUSPENSION = "suspension"
    VOID = "void"
    APPEAL = "appeal"


def extension_level(
    case_level: Level,
    already: int,
    *,
    due: datetime,
    until: datetime,
    since: datetime,
    limit: Limit,
    calendar: WorkingCalendar,
    now: datetime,
) -> Level:
    """Return the lowest level that may grant more time until a moment.

    The first extension, by at most half of the limit, is the desk's of the case's own
    level; a second or a longer one the level above. Raises: InvalidInput (field until:
    past, shorter, too_long), Conflict (too_late, too_many).
    """
    if now > due:
        raise ExtensionTooLate("an extension is asked for before the limit ends")
    if already >= MAX_EXTENSIONS:
        raise TooManyExtensions("a case is extended at most twice", limit=MAX_EXTENSIONS)
    if until <= due:
        raise InvalidInput("until", "shorter")
    latest, half = extension_reach(since, limit, calendar)
    if until > latest:
        raise InvalidInput("until", "too_long", latest=latest.isoformat())
    own = desk_level(case_level)
    return own if already == 0 and until <= half else own.above()


def extension_reach(
    since: datetime, limit: Limit, calendar: WorkingCalendar
) -> tuple[datetime, datetime]:
    """Return how far a limit can be extended at all, and how far at the case's own level."""
    latest = due_at(since, Limit(limit.amount * MAX_TIMES, limit.unit), calendar).at
    return latest, due_at(since, Limit(limit.amount * HALF_MORE, limit.unit), calendar).at


def suspension_level(review: datetime, now: datetime) -> Level:
    """Return the lowest level that may suspend until a day of review.

    Raises: InvalidInput (field until: past, too_long).
    """
    if review <= now:
        raise InvalidInput("until", "past")
    if review - now > MAX_SUSPENSION:
        raise InvalidInput("until", "too_long", latest=(now + MAX_SUSPENSION).isoformat())
    return Level.TOWN if review - now <= TOWN_SUSPENSION else Level.DISTRICT


def desk_level(case_level: Level) -> Level:
    """Return the level whose desk decides on a case; a grid has none of its own."""
    return max(case_level, Level.VILLAGE, key=_LEVELS.index)


def ruling_level(case_level: Level) -> Level:
    """Return the level that rules on a case that was returned twice: above it, a town at least."""
    return max(case_level.above(), Level.TOWN, key=_LEVELS.index)


class ExtensionTooLate(Conflict):
    """The limit has passed; time can no longer be asked for."""

    code = "extension_too_late"


class TooManyExtensions(Conflict):
    """The case was extended as often as may be."""

    code = "too_many_extensions"
