"""What an import of areas is told, what it finds in a file, and what it did.

The importers read files and the web shows forms; neither knows the other. Here stand the
values both speak of, and `AreaFiles`, which the roof hands from the one to the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.datum_guess import Fit
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor

# What a column of a file may be; a mapping file has the same keys under [areas].
FIELDS = ("code", "name", "name_en", "kind", "parent", "categories")
MOST_BYTES = 2**31  # 150,000 areas in text are 100 MB
SHOWN = 5


@dataclass(frozen=True, slots=True)
class NoteWords:
    """How the note of a draft says in how far its coordinates fit: in the language of who reads it.

    `{fit}` is a percentage, `{why}` the English sentence of what was not believed.
    """

    fits: str = "fits the outline to {fit}"
    trusted: str = "datum trusted although: {why}"


ENGLISH = NoteWords()


@dataclass(frozen=True, slots=True)
class Told:
    """What is told beside the file; it stands before what a mapping says.

    `columns` gives the file's columns by `FIELDS`; "" says that the file has none of it.
    `outline` is a file with the ground the import must fit, instead of the active net's
    district. `most_bytes` is what the file may unpack to.
    """

    district_code: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    kind: AreaKind | None = None
    datum: Datum | None = None
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    outline: Path | None = None
    trust_datum: bool = False
    note: str = ""
    words: NoteWords = ENGLISH
    most_bytes: int = MOST_BYTES


class Remark(str):
    """What was mended or left out: an English sentence, with reason and values for another."""

    __slots__ = ("reason", "values")
    reason: str
    values: Mapping[str, Any]

    def __new__(cls, reason: str, sentence: str, **values: Any) -> "Remark":
        """Keep the sentence as the text itself."""
        made = super().__new__(cls, sentence)
        made.reason, made.values = reason, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        """Say how it is made again in another process."""
        return (self.reason, str(self)), dict(self.values)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one feature: its number (from 1), its code if known, why."""

    number: int
    code: str
    reason: str
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in one line."""
        name = f"feature {self.number} ({self.code})" if self.code else f"feature {self.number}"
        return f"{name}: {self.sentence}"


class UnusableFeatures(InvalidInput):
    """Features of a file cannot be areas; `problems` lists every one, by number."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        """Keep the problems and say the first ones."""
        self.problems = tuple(sorted(problems, key=lambda one: (one.number, one.reason)))
        numbers = len({one.number for one in self.problems})
        said = "; ".join(map(str, self.problems[:SHOWN]))
        more = f"; and {len(self.problems) - SHOWN} more" if len(self.problems) > SHOWN else ""
        sentence = f"{file}: {numbers} features cannot be used, so nothing was: {said}{more}"
        super().__init__("areas", "features", sentence, file=file, count=numbers)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file, with the first texts that stand in it."""

    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file of areas holds, before anybody said what it means.

    `says` names the coordinates where the file itself does. The rest is a proposal, from
    the mapping file if one was given and else from usual names: `guess` gives columns by
    `FIELDS`, `kind` the one kind of all areas where no column tells it.
    """

    features: int
    columns: tuple[Column, ...]
    says: str | None
    guess: Mapping[str, str]
    kind: AreaKind
    datum: Datum | None
    crs: str | None
    layer: str | None
    encoding: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import of areas did: `draft` is None where the net was the same already.

    `areas` counts those of the file; `frame` names what its coordinates were; `fits` says
    how each reading of them lies on the outline, the declared one first.
    """

    draft: int | None
    areas: int
    frame: str
    fits: tuple[Fit, ...]
    remarks: tuple[Remark, ...]


class AreaFiles(Protocol):
    """Reading and writing files of areas, for floors that may not know the importers."""

    def look(
        self, file: Path, mapping: Path | None, *, layer: str | None, encoding: str | None
    ) -> Looked:
        """Return what a file holds.

        Raises: InvalidInput (fields areas, layer, encoding; field mapping, reason unusable,
        with the `key` and `why`).
        """
        ...

    def load(
        self, file: Path, mapping: Path | None, told: Told, *, by: Actor, now: datetime
    ) -> Imported:
        """Make a draft of the net of `told.district_code`; the same net again makes none.

        Raises: InvalidInput (as `look`; datum, crs, columns by their field, areas),
        UnusableFeatures, NotFound, Conflict where another net became active meanwhile.
        """
        ...

    def write(
        self, file: Path, areas: Sequence[AreaShape], *, datum: Datum | None, crs: str | None
    ) -> int:
        """Write areas to a new file, whose name says the format, and return how many.

        Raises: InvalidInput (field areas: none, too_long; field datum; field crs).
        """
        ...
