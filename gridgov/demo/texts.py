"""What people of the sample district say, by class, place, season and hour; all invented.

A resident speaks plainly, in Cantonese or in a hurry, a worker notes facts, the hotline's
operator writes down what the caller said. `geodata/gaoming/texts*.csv` hold the sentences,
`texts_file` says how they are written down.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridgov.demo.texts_file import Pools, Voice, moment, pick_one, read_texts
from gridgov.demo.texts_speaker import Speaker, common
from gridgov.demo.texts_weights import ClassRow, read_classes

GAOMING = Path(__file__).resolve().parents[2] / "geodata" / "gaoming"
FILES = tuple(GAOMING / name for name in ("texts.csv", "texts_common.csv"))
CLASSES_FILE = GAOMING / "texts_classes.csv"
# How often a handler speaks of the class's own troubles where there are words for them.
OWN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Told:
    """A report's words, what the handler writes when it is done, and the place in words."""

    text: str
    done: str
    place_words: str


class Texts:
    """All sentences of the sample; the same dice give the same words."""

    def __init__(self, pools: Pools, classes: Mapping[str, ClassRow]) -> None:
        """Take the sentences and the classes they speak of."""
        self._pools = pools
        self._classes = classes
        self._subjects = {code: _subjects(pools, code) for code in classes}
        self._fitting: dict[tuple[str, int], Sequence[str]] = {}
        self._weights: dict[tuple[int, int], Mapping[str, float]] = {}

    @classmethod
    def load(cls) -> "Texts":
        """Return the texts of the committed files. Raises: InvalidInput, with the line."""
        return cls(read_texts(FILES), read_classes(CLASSES_FILE))

    def weights(self, month: int, hour: int) -> Mapping[str, float]:
        """Return how often each class is reported in a month and a local hour.

        Relative frequencies by class code, sorted by code; only their ratios mean something.
        """
        key = (month, hour)
        if key not in self._weights:
            self._weights[key] = {
                code: row.weight * row.months[month - 1] * row.hours[hour]
                for code, row in self._classes.items()
            }
        return self._weights[key]

    def pick(
        self,
        rng: random.Random,
        *,
        category: str,
        place: str,
        month: int,
        hour: int,
        channel: str,
    ) -> Told:
        """Return what someone reports of a class at a place, in a month and a local hour.

        `channel` is snap, worker or 12345 (any other speaks like a resident); `place` a
        landmark, road or village, or "" for a place nobody names. Raises: KeyError for a
        class without texts.
        """
        now = moment(month, hour, heard=channel != "worker")
        tone = self._classes[category].tone
        subjects = self._topics(category, now)
        subject = subjects[int(rng.random() * len(subjects))]
        speaker = Speaker(self._pools, subject, tone, place, Voice(rng, now, {}))
        if channel == "worker":
            text = speaker.by_worker()
        elif channel == "12345":
            text = speaker.by_hotline()
        else:
            text = speaker.by_resident()
        return Told(text, speaker.say("done"), speaker.place_words)

    def back(self, rng: random.Random, category: str) -> str:
        """Return a checker's words for work that is not good enough."""
        return self._own_or_common(rng, category, "back")

    def passed_up(self, rng: random.Random, category: str) -> str:
        """Return a worker's words for a case that needs a higher level."""
        return self._own_or_common(rng, category, "pass_up")

    def returned(self, rng: random.Random, reason: str, category: str) -> str:
        """Return the words for a case given back, by reason of `workflow.RETURN_REASONS`."""
        return self._own_or_common(rng, category, f"returned_{reason}")

    def rejected(self, rng: random.Random, reason: str) -> str:
        """Return the words to a reporter, by reason of `workflow.REJECT_REASONS`."""
        return common(self._pools, rng, f"rejected_{reason}")

    def transferred(self, rng: random.Random) -> str:
        """Return the words for a case handed to somebody outside."""
        return common(self._pools, rng, "transferred")

    def comment(self, rng: random.Random, solved: bool) -> str:
        """Return what a resident adds to a rating."""
        return common(self._pools, rng, "solved" if solved else "unsolved")

    def _topics(self, category: str, now: int) -> Sequence[str]:
        """Return the subjects that fit the moment, each as often as it can be put."""
        key = (category, now)
        if key not in self._fitting:
            known = self._subjects[category]
            self._fitting[key] = [subject for asked, subject in known if asked & now == asked]
        return self._fitting[key]

    def _own_or_common(self, rng: random.Random, category: str, kind: str) -> str:
        own = self._pools.get((category, kind))
        if own is not None and rng.random() < OWN_SHARE:
            return pick_one(own, Voice(rng, 0, {}))
        return common(self._pools, rng, kind)


def _subjects(pools: Pools, code: str) -> Sequence[tuple[int, str]]:
    """Return the subjects of a class (itself and its topics), one for each way to put it."""
    return [
        (asked, subject)
        for (subject, kind), pool in pools.items()
        if kind == "what" and subject.partition("/")[0] == code
        for asked, _ in pool.choices
    ]
