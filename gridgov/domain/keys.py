"""Keys of programs: what a key may open, and what its name and channel may look like."""

import re
from collections.abc import Iterable
from enum import StrEnum

from gridgov.domain.errors import InvalidInput

MAX_NAME = 100
CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}", re.ASCII)
# Marks of reports that came through gridgov's own pages or its sample: no program may wear one.
RESERVED = frozenset({"snap", "sample", "import"})


class Scope(StrEnum):
    """What a key may be allowed. Each route for programs names one of these."""

    REPORTS_WRITE = "reports:write"
    REPORTS_READ = "reports:read"
    CASES_READ = "cases:read"
    AREAS_READ = "areas:read"
    BOARD_READ = "board:read"
    FACTS_READ = "facts:read"
    OPEN311_WRITE = "open311:write"


def check_name(text: str) -> str:
    """Return the name of a program on one line. Raises: InvalidInput (field name)."""
    name = "".join(filter(str.isprintable, text)).strip()[:MAX_NAME]
    if not name:
        raise InvalidInput("name", "missing")
    return name


def check_scopes(given: Iterable[str]) -> list[str]:
    """Return the scopes in their usual order, each once.

    Raises: InvalidInput (field scopes, reason missing or unknown).
    """
    wanted = set(given)
    if not wanted:
        raise InvalidInput("scopes", "missing")
    if wanted - set(Scope):
        raise InvalidInput("scopes", "unknown")
    return [str(scope) for scope in Scope if scope in wanted]


def check_channel(text: str) -> str:
    """Return the source mark of a program's reports, such as 12345.

    Raises: InvalidInput (field channel, reason wrong_form or reserved).
    """
    channel = text.strip()
    if not CHANNEL.fullmatch(channel):
        raise InvalidInput("channel", "wrong_form")
    if channel in RESERVED:
        raise InvalidInput("channel", "reserved")
    return channel
