"""What is allowed for a stage: a limit for every severity, and others for single ones.

Sparse, and the nearest counts: what a class says of a severity, else what it says of them
all, else likewise the district. One text says it, in a cell of a file as in the database:
2WD; 3=6H; 4=30min is two working days, six hours from severity 3, half an hour at 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from gridgov.domain.deadlines import Limit, parse_limit
from gridgov.domain.errors import InvalidInput

SEVERITIES = range(1, 5)  # 1 usual to 4 life in danger
_BETWEEN, _IS = ";", "="


@dataclass(frozen=True, slots=True)
class Allowed:
    """`usual` holds for every severity that `single` does not name; None says nothing."""

    usual: Limit | None = None
    single: Mapping[int, Limit] = field(default_factory=dict)

    def at(self, severity: int) -> Limit | None:
        """Return the limit for a severity, None where nothing is said of it."""
        return self.single.get(severity, self.usual)

    def over(self, wider: Self) -> Self:
        """Return this with what somebody wider says of the severities it says nothing of."""
        if self.usual is not None:
            return self
        return type(self)(wider.usual, {**wider.single, **self.single})

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return self.usual is not None or bool(self.single)

    def __str__(self) -> str:
        """Return it as `parse_allowed` reads it, "" where nothing is said."""
        usual = [] if self.usual is None else [str(self.usual)]
        single = [f"{severity}{_IS}{limit}" for severity, limit in sorted(self.single.items())]
        return f"{_BETWEEN} ".join(usual + single)


NOTHING = Allowed()


def parse_allowed(text: str) -> Allowed:
    """Read what is allowed, such as 4WH, 2WD; 3=6H or 3=1H; blank says nothing.

    Raises: InvalidInput (field limit: unknown, too_long; severity where one is not 1 to 4,
    stands twice, or a second limit is for all).
    """
    usual: Limit | None = None
    single: dict[int, Limit] = {}
    for part in filter(None, (one.strip() for one in text.split(_BETWEEN))):
        severity, named, limit = part.rpartition(_IS)
        if not named:
            if usual is not None:
                raise InvalidInput("limit", "severity", text=text)
            usual = parse_limit(limit)
            continue
        number = severity.strip()
        known = number.isascii() and number.isdigit() and int(number) in SEVERITIES
        if not known or int(number) in single:
            raise InvalidInput("limit", "severity", text=text)
        single[int(number)] = parse_limit(limit)
    return Allowed(usual, single)


def read_limits(kept: Mapping[str, str]) -> dict[str, Allowed]:
    """Return stage → what is allowed, as it is kept. Raises: as `parse_allowed`."""
    return {stage: parse_allowed(text) for stage, text in kept.items()}


def written(limits: Mapping[str, Allowed]) -> dict[str, str]:
    """Return stage → text, for keeping; stages of which nothing is said are left out."""
    return {stage: str(limit) for stage, limit in sorted(limits.items()) if limit}


def over(own: Mapping[str, Allowed], wider: Mapping[str, Allowed]) -> dict[str, Allowed]:
    """Return the own limits of the stages, with the wider ones where nothing nearer is said."""
    stages = {**wider, **own}
    return {
        stage: own.get(stage, NOTHING).over(wider.get(stage, NOTHING)) for stage in sorted(stages)
    }
