"""How the sample's texts are written down: sentences with choices, parts and seasons.

`[a|b]` is one of several, `{name}` a part of the same topic or class or a common one,
`{#2-9}` a number, `{p}` a spot, `{n}` the quarter around it, `{live}` where one lives.
`~rain:` before a choice says when it fits; the column `when` says it for a whole row. Every
list of choices keeps at least one that always fits, so that no text is ever missing.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gridgov.importers.rows import Row, read_records

COLUMNS = ("category", "kind", "when", "text")
# A topic may have its season (fireworks), so its reports need not fit at any time.
SEASONAL = "what"
# Rows of this category are everybody's. "0106/toilet" is a topic of class 0106: what is
# said of toilets, and what was done about one, and not about a bin.
COMMON = "*"

_ALL_HOURS = frozenset(range(24))
_ALL_MONTHS = frozenset(range(1, 13))
# Name → months and local hours in which a text with that mark may be said.
SEASONS: Mapping[str, tuple[frozenset[int], frozenset[int]]] = {
    name: (frozenset(months) or _ALL_MONTHS, frozenset(hours) or _ALL_HOURS)
    for name, months, hours in (
        ("typhoon", (6, 7, 8, 9), ()),
        ("rain", (4, 5, 6, 7, 8, 9), ()),
        ("hot", (5, 6, 7, 8, 9), ()),
        ("cold", (11, 12, 1, 2), ()),
        ("dry", (10, 11, 12, 1), ()),
        ("newyear", (1, 2), ()),
        ("yearend", (12, 1), ()),
        ("graves", (3, 4), ()),
        ("harvest", (7, 11), ()),
        ("term", (3, 4, 5, 6, 9, 10, 11, 12), ()),
        ("holidays", (7, 8), ()),
        ("enrol", (3, 4, 5, 6, 7, 8), ()),
        ("exams", (5, 6), ()),
        ("morning", (), range(6, 12)),
        ("afternoon", (), range(14, 19)),
        ("evening", (), range(19, 23)),
        ("night", (), (22, 23, 0, 1, 2, 3, 4)),
        ("dark", (), (19, 20, 21, 22, 23, 0, 1, 2, 3, 4)),
        ("day", (), range(8, 18)),
        # Who speaks of last night speaks in the morning or over lunch.
        ("after_night", (), range(6, 14)),
    )
}
# A resident's report fits "heard": somebody waits for an answer. A worker's own find fits
# "seen": the worker stood there and may have done something at once.
HEARD, SEEN = "heard", "seen"
_BITS = {name: 1 << place for place, name in enumerate((*SEASONS, HEARD, SEEN))}


_MOMENTS: Mapping[tuple[int, int], int] = {
    (month, hour): sum(
        _BITS[name]
        for name, (months, hours) in SEASONS.items()
        if month in months and hour in hours
    )
    for month in _ALL_MONTHS
    for hour in _ALL_HOURS
}


def moment(month: int, hour: int, *, heard: bool = True) -> int:
    """Return the marks that fit a month (1 to 12) and a local hour (0 to 23), as bits."""
    return _MOMENTS[month, hour] | _BITS[HEARD if heard else SEEN]


@dataclass(slots=True)
class Voice:
    """Who speaks: the dice, the moment, and the words the text is to contain."""

    rng: random.Random
    moment: int
    words: Mapping[str, str]


class Piece(Protocol):
    """A piece of a sentence that is settled when it is said."""

    def say(self, voice: Voice, out: list[str]) -> None:
        """Add its words to `out`."""


@dataclass(frozen=True, slots=True)
class _Number:
    low: int
    high: int

    def say(self, voice: Voice, out: list[str]) -> None:
        """Add a number of the range, both ends included."""
        out.append(str(self.low + int(voice.rng.random() * (self.high - self.low + 1))))


@dataclass(frozen=True, slots=True)
class _Word:
    name: str

    def say(self, voice: Voice, out: list[str]) -> None:
        """Add a word the caller gave, such as the place."""
        out.append(voice.words[self.name])


Sentence = tuple["str | Piece", ...]


@dataclass(slots=True)
class Pool:
    """Sentences of which one is said; each with the marks it asks for."""

    choices: list[tuple[int, Sentence]]
    fitting: dict[int, list[Sentence]] = field(default_factory=dict)

    def say(self, voice: Voice, out: list[str]) -> None:
        """Add one sentence that fits the moment."""
        fitting = self.fitting.get(voice.moment)
        if fitting is None:
            fitting = [say for asked, say in self.choices if asked & voice.moment == asked]
            self.fitting[voice.moment] = fitting
        for piece in fitting[int(voice.rng.random() * len(fitting))]:
            if isinstance(piece, str):
                out.append(piece)
            else:
                piece.say(voice, out)

    def always(self) -> bool:
        """Tell whether some sentence fits at any time."""
        return any(asked == 0 for asked, _ in self.choices)


@dataclass(slots=True)
class _Part:
    """A part named in a sentence, found when all rows are known."""

    name: str
    pool: Pool | None = None

    def say(self, voice: Voice, out: list[str]) -> None:
        """Add the words of the part."""
        if self.pool is None:
            raise ValueError(f"part {self.name} was never found")
        self.pool.say(voice, out)


# Words that the caller gives.
GIVEN = ("p", "n", "live", "plate")
_TOKEN = re.compile(r"[\[\]|]|\{[^{}]*\}|[^\[\]|{}]+|[{}]")
_RANGE = re.compile(r"#(\d+)-(\d+)")


class _Reader:
    """Reads one sentence; remembers the parts it names."""

    def __init__(self, text: str, refuse: Callable[[str], None]) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0
        self.refuse = refuse
        self.parts: list[_Part] = []

    def whole(self) -> Sentence:
        """Return the sentence; refuses what is left over."""
        pieces = self._sentence()
        if self.at < len(self.tokens):
            self.refuse("unbalanced")
        return pieces

    def _sentence(self) -> Sentence:
        pieces: list[str | Piece] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in ("|", "]"):
            token = self.tokens[self.at]
            self.at += 1
            if token == "[":
                pieces.append(self._choice())
            elif token.startswith("{"):
                pieces.append(self._slot(token[1:-1]))
            else:
                pieces.append(token)
        return tuple(pieces)

    def _choice(self) -> Pool:
        choices: list[tuple[int, Sentence]] = []
        while True:
            choices.append((self._mark(), self._sentence()))
            closing = self.tokens[self.at] if self.at < len(self.tokens) else ""
            self.at += 1
            if closing == "]":
                break
            if closing != "|":
                self.refuse("unbalanced")
                break
        pool = Pool(choices)
        if not pool.always():
            self.refuse("not_always")
        return pool

    def _mark(self) -> int:
        """Take `~rain night:` off the front of a choice."""
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if not token.startswith("~"):
            return 0
        names, colon, rest = token[1:].partition(":")
        if not colon:
            self.refuse("unknown_season")
        self.tokens[self.at] = rest
        return marks(names, self.refuse)

    def _slot(self, name: str) -> Piece:
        number = _RANGE.fullmatch(name)
        if number:
            return _Number(int(number[1]), int(number[2]))
        if name in GIVEN:
            return _Word(name)
        part = _Part(name)
        self.parts.append(part)
        return part


def marks(names: str, refuse: Callable[[str], None]) -> int:
    """Return the bits of the marks named, apart by spaces; refuses an unknown one."""
    bits = 0
    for name in names.split():
        if name not in _BITS:
            refuse("unknown_season")
        bits |= _BITS.get(name, 0)
    return bits


@dataclass(frozen=True, slots=True)
class _Entry:
    row: Row
    key: tuple[str, str]
    asked: int
    sentence: Sentence
    parts: Sequence[_Part]


Key = tuple[str, str]
Pools = Mapping[Key, Pool]


def read_texts(paths: Iterable[Path]) -> Pools:
    """Return the sentences of the files by category (or "*") and kind.

    Raises: InvalidInput, with line, column and reason of the rows refused: blank,
    unbalanced, not_always, unknown_season, unknown_part, circular.
    """
    entries = [entry for path in paths for entry in read_records(path, COLUMNS, "texts", _entry)]
    pools: dict[Key, Pool] = {}
    first: dict[Key, Row] = {}
    for entry in entries:
        pools.setdefault(entry.key, Pool([])).choices.append((entry.asked, entry.sentence))
        first.setdefault(entry.key, entry.row)
    for key, pool in pools.items():
        if key[1] != SEASONAL and not pool.always():
            first[key].refuse("when", "not_always")
    named: dict[Key, set[Key]] = {key: set() for key in pools}
    for entry in entries:
        for part in entry.parts:
            named[entry.key].add(_link(part, entry, pools))
    for key, row in first.items():
        if key in _reached(named, key):
            row.refuse("text", "circular")
    return pools


def _entry(row: Row) -> _Entry:
    def refuse(reason: str) -> None:
        row.refuse("text", reason)

    reader = _Reader(row.text("text"), refuse)
    asked = marks(row.cells["when"], lambda reason: row.refuse("when", reason))
    key = (row.text("category"), row.text("kind"))
    return _Entry(row, key, asked, reader.whole(), reader.parts)


def _link(part: _Part, entry: _Entry, pools: Pools) -> Key:
    """Join a part to its sentences, the class's own before everybody's; return their key."""
    key = found(pools, entry.key[0], part.name)
    if key is None:
        entry.row.refuse("text", "unknown_part")
    part.pool = pools[key]
    return key


def found(pools: Pools, subject: str, kind: str) -> Key | None:
    """Return where sentences of a kind are: with the topic, its class, or everybody's."""
    for owner in (subject, subject.partition("/")[0], COMMON):
        if (owner, kind) in pools:
            return owner, kind
    return None


def _reached(named: Mapping[Key, set[Key]], start: Key) -> set[Key]:
    """Return all parts a sentence can come to."""
    reached: set[Key] = set()
    ahead = list(named[start])
    while ahead:
        key = ahead.pop()
        if key not in reached:
            reached.add(key)
            ahead.extend(named[key])
    return reached


def pick_one(pool: Pool, voice: Voice) -> str:
    """Return one sentence of a pool in words."""
    out: list[str] = []
    pool.say(voice, out)
    return "".join(out)
