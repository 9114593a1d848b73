"""Moments as files write them: several formats, often local time without a zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

ISO = "iso"  # 2015-11-22T14:41:05-05:00 and its relatives
# Files repeat moments (deadlines at the opening hour, for one); bounded, to stay modest.
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC; `odd` says that the local time existed `twice` or `never`."""

    at: datetime
    odd: str | None = None


class Reader:
    """Reads moments in any of some formats; `zone` is meant where the text names none."""

    def __init__(self, formats: Sequence[str], zone: ZoneInfo) -> None:
        """Keep the formats, tried in their order."""
        self._formats = tuple(formats)
        self._zone = zone
        self.read = lru_cache(maxsize=_REMEMBERED)(self._read)

    def _read(self, text: str) -> Moment | None:
        """Return the moment a text names, None if no format fits."""
        for pattern in self._formats:
            try:
                found = _parsed(text, pattern)
            except ValueError:
                continue
            return Moment(found.astimezone(UTC)) if found.tzinfo else self._local(found)
        return None

    def _local(self, naive: datetime) -> Moment:
        """Return a local time as UTC. Where the clocks go back it is the first of the two."""
        at = naive.replace(tzinfo=self._zone).astimezone(UTC)
        if at.astimezone(self._zone).replace(tzinfo=None) != naive:
            return Moment(at, "never")
        again = naive.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        return Moment(at, None if again == at else "twice")


def _parsed(text: str, pattern: str) -> datetime:
    if pattern == ISO:
        return datetime.fromisoformat(text)
    # Whether the text names a zone decides what becomes of it; see the caller.
    return datetime.strptime(text, pattern)  # noqa: DTZ007
