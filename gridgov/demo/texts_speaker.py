"""One report put into words: by a resident, by a worker on the beat, by the hotline."""

import random
from collections.abc import Mapping

from gridgov.demo import texts_places as places
from gridgov.demo.texts_file import COMMON, Pools, Voice, found, pick_one

# How a resident puts it, by share; the rest is a sentence built of parts.
FULL_SHARE = 0.15
CANTONESE_SHARE = 0.2
TERSE_SHARE = 0.15
OPENING_SHARE = 0.2
HURT_SHARE = 0.5
TAIL_SHARE = 0.62
# How many ask for what the class is asked for, rather than for help in general.
OWN_ASK_SHARE = 0.5
# Who writes from home often takes the place for known.
HOME_SHARE = 0.12
PHONE_SHARE = 0.006

# Mistakes a phone's keyboard makes; the first that fits is made.
_SLIPS = (
    ("已经", "以经"),
    ("严重", "言重"),
    ("经常", "经长"),
    ("那里", "哪里"),
    ("好像", "好象"),
    ("厉害", "利害"),
    ("必须", "必需"),
    ("尽快", "尽块"),
    ("麻烦", "麻凡"),
    ("影响", "影想"),
    ("噪音", "燥音"),
    ("垃圾", "拉圾"),
    ("一直", "一至"),
    ("处理", "处里"),
    ("清理", "请理"),
    ("摩托", "摩拖"),
    ("在", "再"),
    ("的", "得"),
)
SLIP_SHARE = 0.05
SHOUT_SHARE = 0.05
BARE_END_SHARE = 0.16
SPACES_SHARE = 0.05
# Nobody polishes a cry for help, and no slip may hide the danger.
_DANGER = "danger"
_LOUD = ("nuisance", "sudden", "urgent", _DANGER)


class Speaker:
    """Whoever reports: what it is about, where it is, and how such things are told."""

    def __init__(self, pools: Pools, subject: str, tone: str, place: str, voice: Voice) -> None:
        """Take the sentences, the topic, its tone, a place ("" if nobody names it), a voice.

        The voice's words are filled in here. Afterwards `place_words` is the place as the
        speaker writes it.
        """
        self.pools = pools
        self.subject = subject
        self.tone = tone
        self.place = place
        self.voice = voice
        self.place_words = ""

    def by_resident(self) -> str:
        """Return a resident's words, typed on a phone."""
        rng = self.voice.rng
        cantonese = self._has("yue") and rng.random() < CANTONESE_SHARE
        self._go(places.CANTONESE if cantonese else places.PLAIN, at_home=HOME_SHARE)
        if cantonese:
            text = self._built("yue", "y")
        elif self._has("full") and rng.random() < FULL_SHARE:
            text = self.say("full")
        else:
            text = self._built("what", "")
        return _typed(rng, text, self.tone)

    def by_worker(self) -> str:
        """Return a worker's note: short and factual."""
        self._go(places.FORMAL)
        if self._has("worker"):
            return self.say("worker")
        return self.say("worker_open") + self.say("fact") + self.say("worker_tail")

    def by_hotline(self) -> str:
        """Return what the hotline's operator wrote down."""
        self._go(places.FORMAL)
        if self._has("hotline"):
            text = self.say("hotline")
        else:
            opening = f"hotline_open_{self.tone}"
            text = self.say(opening if self._has(opening) else "hotline_open")
            text += self.say("fact") + self.say(f"hotline_tail_{self.tone}")
        if self.voice.rng.random() < PHONE_SHARE:
            text += f"联系电话{_phone(self.voice.rng)}。"
        return text

    def say(self, kind: str) -> str:
        """Return a sentence of the topic, of its class, or of everybody's.

        Raises: LookupError when nobody has such a sentence.
        """
        key = found(self.pools, self.subject, kind)
        if key is None:
            raise LookupError(f"no {kind} for {self.subject}")
        return pick_one(self.pools[key], self.voice)

    def _has(self, kind: str) -> bool:
        """Tell whether the topic or its class has such sentences."""
        return found(self.pools, self.subject, kind) is not None

    def _built(self, core: str, prefix: str) -> str:
        """Put a text together: opening, what is wrong, what it does, what is asked."""
        rng = self.voice.rng
        text = self.say(core)
        if rng.random() < TERSE_SHARE:
            return text + "。"
        if rng.random() < OPENING_SHARE:
            text = self.say(f"{prefix}open_{self.tone}") + text
        if self._has(f"{prefix}hurt") and rng.random() < HURT_SHARE:
            text += "，" + self.say(f"{prefix}hurt")
        if rng.random() >= TAIL_SHARE:
            return text + "。"
        if self._has(f"{prefix}ask") and rng.random() < OWN_ASK_SHARE:
            return text + self.say(f"{prefix}ask")
        return text + self.say(f"{prefix}tail_{self.tone}")

    def _go(self, manner: str, at_home: float = 0.0) -> None:
        """Settle how the place is called; some take the spot before their door for known."""
        rng = self.voice.rng
        spot = places.at(rng, self.place, manner) if self.place else ""
        quarter = places.around(rng, self.place, manner) if self.place else ""
        self.place_words = spot
        live = quarter
        if not spot or rng.random() < at_home:
            spot, quarter, live = places.home(rng, manner)
        self.voice.words = {"p": spot, "n": quarter, "live": live, "plate": _plate(rng)}


def common(pools: Pools, rng: random.Random, kind: str) -> str:
    """Return one of everybody's sentences, at no special time."""
    return pick_one(pools[COMMON, kind], Voice(rng, 0, _NO_WORDS))


_NO_WORDS: Mapping[str, str] = {}


def _plate(rng: random.Random) -> str:
    return f"粤E·TEST{int(rng.random() * 10)}"


def _phone(rng: random.Random) -> str:
    return f"199-0000-{int(rng.random() * 10_000):04d}"


def _typed(rng: random.Random, text: str, tone: str) -> str:
    """Return a text as typed on a phone: full stops left out, spaces, shouting, slips."""
    # A question keeps its mark where a full stop was to follow.
    text = text.replace("？。", "？")
    if tone in _LOUD and rng.random() < SHOUT_SHARE:
        return text.rstrip("。！？") + ("！！" if rng.random() < 0.6 else "！！！")
    if rng.random() < BARE_END_SHARE:
        text = text.removesuffix("。")
    if tone == _DANGER:
        return text
    if rng.random() < SPACES_SHARE:
        text = text.removesuffix("。").replace("，", " ")
    if rng.random() < SLIP_SHARE:
        for right, slip in _SLIPS:
            if right in text:
                return text.replace(right, slip, 1)
    return text
