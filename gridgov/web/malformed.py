"""What a program sent does not fit the document: which fields, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridgov.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that does not fit: its name, a stable reason, a sentence."""

    field: str
    reason: str
    message: str


class Malformed(InvalidInput):
    """A query or a body that does not fit the document; says everything that is wrong."""

    code = "invalid_input"

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep all faults; there is at least one."""
        super().__init__(faults[0].field, faults[0].reason)
        self.faults = tuple(faults)

    def __iter__(self) -> Iterator[Fault]:
        """Go through the faults in the order of the fields."""
        return iter(self.faults)
