"""The reports of the replay before anybody acts: who writes when, of what, where, how."""

import random
from collections.abc import Mapping, Sequence

from gridgov.demo.hard_reports import HARD_REPORTS, HardReport
from gridgov.demo.replay_clocks import Arrivals
from gridgov.demo.replay_places import Places
from gridgov.demo.replay_plan import (
    EMERGENCIES,
    HOTLINE,
    OF_STAFF,
    OFF_HOURS,
    OTHER_RETURNS,
    PATROL,
    PHONE,
    PROGRAM,
    REOPENED,
    REWORK,
    WALK_IN,
    WORDS_ONLY,
    WORKERS,
    WRONG_CATEGORY,
    WRONG_DATUM,
    Channel,
    Fate,
    Life,
    Size,
    share_of,
)
from gridgov.demo.texts import Texts
from gridgov.services.reference import Reference

# What ends before a court, an arbitrator or another office rather than as a case.
LEGAL = ("0802", "0804", "0805", "0806", "0401")
NAMES_A_VILLAGE = 0.65
LEAVES_A_PHONE = 0.35
SENDS_A_PHOTO = 0.12
SEND_PHOTOS = OF_STAFF | {Channel.SNAP, Channel.PROGRAM}
SURNAMES = "陈黄李梁罗谭区严何林谢廖麦邓杜叶曾冯苏黎"
# What is refused, with its class: not for this district, or nothing that anybody asks for.
ELSEWHERE: Sequence[tuple[str, str]] = (
    ("0202", "江对面三水那边的路灯坏了一排，你们管不管？"),
    ("0203", "鹤山过来那段路全是坑，过了区界牌就是。"),
    ("0302", "新兴县车站门口乱停车，麻烦转一下。"),
    ("0101", "南海西樵那边路边堆了好多垃圾，每次经过都见到。"),
    ("0904", "广州南站的大巴能不能多开几班？"),
)
NOTHING: Sequence[str] = (
    "测试一下能不能用",
    "点错了，不好意思",
    "在吗",
    "。。。",
    "试试看",
    "没事，就是看看",
    "你好",
    "哈哈哈 12345 上山打老虎",
)
REFUSALS: Mapping[str, float] = {
    "cannot_verify": 0.34,
    "outside": 0.26,
    "no_request": 0.28,
    "legal_proceedings": 0.12,
}


class Reports:
    """Draws the first reports: those that repeat no other."""

    def __init__(
        self,
        rng: random.Random,
        reference: Reference,
        texts: Texts,
        places: Places,
        arrivals: Arrivals,
    ) -> None:
        """Keep the dice, and sort the classes into usual ones and emergencies."""
        self._rng = rng
        self._reference = reference
        self._texts = texts
        self._places = places
        self._arrivals = arrivals
        self._urgent = {c.code for c in reference.catalogue.values() if c.hand_over is not None}

    def draw(self, size: Size) -> list[Life]:
        """Return the reports in the order in which they come in, without their deeds."""
        count = size.total - size.duplicates - size.splits
        lives = [self._arrive(channel) for channel in self._channels(count)]
        for life in share_of(self._rng, lives, round(OFF_HOURS * size.total)):
            life.received_at, life.off_hours = self._arrivals.off(), True
        lives.sort(key=lambda life: life.received_at)
        hard = self._hard(lives)
        self._classify([life for life in lives if not life.hard], size, hard)
        self._end(lives, size)
        self._stumble(lives, size)
        for life in lives:
            if not life.hard:
                self._write(life)
        return lives

    def _channels(self, count: int) -> list[Channel]:
        hotline, workers = round(HOTLINE * count), round(WORKERS * count)
        channels = [Channel.HOTLINE] * hotline
        for channel, share in ((Channel.WORKER, 1 - PATROL), (Channel.PATROL, PATROL)):
            channels += [channel] * round(workers * share)
        for channel, share in (
            (Channel.PHONE, PHONE),
            (Channel.WALK_IN, WALK_IN),
            (Channel.PROGRAM, PROGRAM),
        ):
            channels += [channel] * round(share * count)
        channels += [Channel.SNAP] * (count - len(channels))
        self._rng.shuffle(channels)
        return channels

    def _arrive(self, channel: Channel) -> Life:
        office = channel not in (Channel.SNAP, Channel.PROGRAM)
        return Life(self._arrivals.usual(office=office), channel)

    def _hard(self, lives: list[Life]) -> int:
        """Give the hard reports to senders of their own; return how many call 110, 119, 120."""
        free = [life for life in lives if life.channel is Channel.SNAP and not life.off_hours]
        reports = HARD_REPORTS[: len(free) // 3]
        senders = share_of(self._rng, free[: round(len(free) * 0.97)], len(reports))
        self._rng.shuffle(senders)
        for life, report in zip(senders, reports, strict=True):
            self._become(life, report)
        return sum(life.emergency for life in senders)

    def _become(self, life: Life, report: HardReport) -> None:
        life.hard, life.category, life.true_category = report.number, report.category, ""
        life.true_category = report.category
        life.text, life.phone, life.name = report.text, report.phone, report.name
        life.spot = self._places.draw_in(report.village)
        life.sent_at = life.spot.at
        life.place_words = report.place_words or life.spot.name
        life.emergency = bool(report.expected.call)
        life.done = self._told(life, life.spot.name)[1]
        if not report.expected.is_case:
            life.fate = Fate.TRANSFERRED if report.expected.call else Fate.REFUSED

    def _classify(self, lives: list[Life], size: Size, urgent_already: int) -> None:
        """Say what each report is about, and where it comes from."""
        urgent = round(EMERGENCIES * size.total) - urgent_already
        for life in share_of(self._rng, lives, max(0, urgent)):
            life.emergency = True
        snaps = [life for life in lives if life.channel is Channel.SNAP and not life.emergency]
        calls = [life for life in lives if life.channel is Channel.HOTLINE and not life.emergency]
        for life in share_of(self._rng, snaps, round(WRONG_DATUM * size.total)):
            life.misread = True
        words_only = share_of(self._rng, calls, round(WORDS_ONLY * size.total))
        for life in lives:
            local = life.received_at.astimezone(self._reference.zone)
            weights = {
                code: weight
                for code, weight in self._texts.weights(local.month, local.hour).items()
                if (code in self._urgent) is life.emergency
            }
            life.true_category = self._rng.choices(list(weights), list(weights.values()))[0]
            life.category = life.true_category
            if life.misread:
                life.spot, life.sent_at = self._places.draw_misread()
            else:
                life.spot = self._places.draw()
                life.sent_at = life.spot.at
        for life in words_only:
            life.sent_at = None
            life.vague = self._rng.random() >= NAMES_A_VILLAGE

    def _end(self, lives: list[Life], size: Size) -> None:
        """Say how each report ends; who stays open is chosen when the times are known."""
        missing = size.transferred - sum(life.fate is Fate.TRANSFERRED for life in lives)
        urgent = [life for life in lives if life.emergency and life.fate is Fate.CLOSED]
        urgent = [life for life in urgent if life.category != "0603" and not life.hard]
        for life in share_of(self._rng, urgent, round(missing * 0.6)):
            life.fate = Fate.TRANSFERRED
            missing -= 1
        legal = [life for life in lives if life.category in LEGAL and not life.hard]
        for life in share_of(self._rng, legal, missing):
            life.fate = Fate.TRANSFERRED
            missing -= 1
        plain = [life for life in lives if _is_plain(life)]
        for life in share_of(self._rng, plain, missing):
            life.fate = Fate.TRANSFERRED
        missing = size.refused - sum(life.fate is Fate.REFUSED for life in lives)
        plain = [life for life in lives if _is_plain(life)]
        # Words without a place are refused more often than others.
        vague = [life for life in plain if life.vague]
        for life in share_of(self._rng, vague, round(missing * 0.4)):
            life.fate = Fate.REFUSED
        plain = [life for life in plain if life.fate is Fate.CLOSED]
        missing = size.refused - sum(life.fate is Fate.REFUSED for life in lives)
        for life in share_of(self._rng, plain, missing):
            life.fate = Fate.REFUSED
        self._end_early(lives, size)

    def _end_early(self, lives: list[Life], size: Size) -> None:
        """Say which are taken back by who reported them, and which are voided."""
        for fate, count, channels in (
            (Fate.WITHDRAWN, size.withdrawn, {Channel.SNAP}),
            (Fate.VOID, size.void, set(Channel)),
        ):
            fit = [life for life in lives if _is_plain(life) and life.channel in channels]
            fit = [life for life in fit if not life.vague and not self._secret(life)]
            for life in share_of(self._rng, fit, count):
                life.fate = fate

    def _secret(self, life: Life) -> bool:
        return self._reference.category(life.category).confidential

    def _stumble(self, lives: list[Life], size: Size) -> None:
        """Say what goes wrong on the way: classes, returns, rework, reopenings."""
        plain = [life for life in lives if _is_plain(life)]
        wrong = share_of(self._rng, plain, round(WRONG_CATEGORY * size.total))
        for life in wrong:
            life.category = self._misfiled(life)
        right = [life for life in plain if not life.wrong_category]
        returns = round(OTHER_RETURNS * size.total)
        returns -= sum(life.fate is Fate.REFUSED for life in lives)
        for life in share_of(self._rng, right, max(0, returns)):
            life.returned = True
        valid = [life for life in lives if life.fate is Fate.CLOSED]
        for life in share_of(self._rng, valid, round(REWORK * size.total)):
            life.rework = True
        heard = [life for life in valid if not life.by_staff and not life.rework]
        for life in share_of(self._rng, heard, round(REOPENED * size.total)):
            life.reopened = True

    def _misfiled(self, life: Life) -> str:
        """Return a class that somebody else's unit answers for."""
        local = life.received_at.astimezone(self._reference.zone)
        right = self._reference.category(life.true_category)
        weights = {
            code: weight
            for code, weight in self._texts.weights(local.month, local.hour).items()
            if code not in self._urgent
            and not self._reference.category(code).confidential
            and self._reference.category(code).unit_code != right.unit_code
        }
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def _write(self, life: Life) -> None:
        if life.spot is None:
            raise ValueError("a report without a place")
        place = life.spot.name
        if life.sent_at is None and not life.vague:
            place = life.spot.village
        life.text, life.done, life.place_words = self._told(life, place)
        if life.fate is Fate.REFUSED:
            self._refuse(life)
        life.photo = (
            life.channel in SEND_PHOTOS
            and self._reference.category(life.category).public
            and self._rng.random() < SENDS_A_PHOTO
        )
        leave_contact(self._rng, life)

    def _told(self, life: Life, place: str) -> tuple[str, str, str]:
        local = life.received_at.astimezone(self._reference.zone)
        told = self._texts.pick(
            self._rng,
            category=life.true_category,
            place=place,
            month=local.month,
            hour=local.hour,
            channel=voice_of(life.channel),
        )
        return told.text, told.done, told.place_words

    def _refuse(self, life: Life) -> None:
        """Choose why it is refused, with words that fit."""
        reason = self._rng.choices(list(REFUSALS), list(REFUSALS.values()))[0]
        life.refusal = reason
        if reason == "outside":
            life.category, life.text = self._rng.choice(ELSEWHERE)
        elif reason == "no_request":
            life.category, life.text = "9901", self._rng.choice(NOTHING)
        life.true_category = life.category


def voice_of(channel: Channel) -> str:
    """Return as whom the texts speak: a worker, the hotline's operator, else a resident."""
    return str(Channel.WORKER if channel in OF_STAFF else channel)


def leave_contact(rng: random.Random, life: Life) -> None:
    """Let a caller be known by surname and number, and some residents by a number."""
    leaves = 1.0 if life.channel is Channel.HOTLINE else LEAVES_A_PHONE
    if not life.by_staff and rng.random() < leaves:
        life.phone = f"1990000{rng.randrange(10_000):04d}"
    if life.channel is Channel.HOTLINE:
        life.name = rng.choice(SURNAMES) + rng.choice(("先生", "女士"))


def _is_plain(life: Life) -> bool:
    return life.fate is Fate.CLOSED and not life.emergency and not life.hard
