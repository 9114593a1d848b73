"""The sample's texts: all classes, hardly ever twice the same, at home in season and hour."""

import csv
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridgov.demo.geography import load_areas
from gridgov.demo.texts import CLASSES_FILE, FILES, Texts, Told
from gridgov.demo.texts_file import COMMON, Pools, read_texts
from gridgov.demo.texts_weights import TONES, read_classes
from gridgov.domain.emergency import emergency
from gridgov.domain.errors import InvalidInput
from gridgov.domain.intake import MAX_TEXT
from gridgov.domain.workflow import REJECT_REASONS, RETURN_REASONS
from gridgov.importers.catalogue import read_catalogue

CATALOGUE = Path(__file__).parents[2] / "geodata" / "gaoming" / "catalogue.csv"
MINOR = [item for item in read_catalogue(CATALOGUE) if item.parent_code is not None]
# Those a resident must not wait for: the form shows the number before anything else.
DANGER = {item.code for item in MINOR if item.hand_over in ("110", "119", "120")}
CHANNELS = ("snap", "worker", "12345")
PLACES = ("石洲卫生站", "合水村", "文华路", "更楼桥头", "泰华社区", "水井村", "仙村鱼塘", "")

ALL_HOURS = range(24)
ALL_MONTHS = range(1, 13)
# Words that have their time: pattern, months, local hours.
TIMES = (
    ("台风", range(6, 10), ALL_HOURS),
    ("过年|春节|年初|鞭炮|炮仗|烟花|烧炮|擦炮|红包", (12, 1, 2), ALL_HOURS),
    ("年底", (12, 1), ALL_HOURS),
    ("清明|扫墓|拜山", (3, 4), ALL_HOURS),
    ("暑假", (7, 8), ALL_HOURS),
    ("高考", (5, 6), ALL_HOURS),
    ("收完禾|秸秆|禾秆|稻草", (7, 11), ALL_HOURS),
    ("登革热", range(5, 12), ALL_HOURS),
    ("天热|天气热|大热天|这么热|天一热", range(5, 10), ALL_HOURS),
    ("这么冷|降温|御寒|天冷|天气冷", (11, 12, 1, 2), ALL_HOURS),
    ("下暴雨|大暴雨|暴雨", range(4, 10), ALL_HOURS),
    ("天干物燥|好久没下雨|这么久没下雨", (10, 11, 12, 1), ALL_HOURS),
    ("昨晚", ALL_MONTHS, range(6, 14)),
    ("今早|上午巡查", ALL_MONTHS, range(6, 12)),
    ("下午巡查", ALL_MONTHS, range(14, 19)),
    ("夜间巡查发现", ALL_MONTHS, (*range(19, 24), *range(5))),
    ("都这个点了|都几点了", ALL_MONTHS, (22, 23, 0, 1, 2, 3, 4)),
    ("现在.{0,14}(?:漆黑|广场舞)", ALL_MONTHS, (*range(19, 24), *range(5))),
)
# What never belongs into these sixteen months, or into a public sample.
NEVER = re.compile("新冠|肺炎|口罩申购|核酸|健康码|习近平|书记|区长|镇长|局长")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load()


@pytest.fixture(scope="module")
def pools() -> Pools:
    return read_texts(FILES)


def told(
    texts: Texts, seed: int, category: str, month: int, hour: int, channel: str = "snap"
) -> Told:
    rng = random.Random(seed)
    return texts.pick(
        rng,
        category=category,
        place=rng.choice(PLACES),
        month=month,
        hour=hour,
        channel=channel,
    )


def everything(texts: Texts, draws: int) -> Iterator[tuple[str, int, int, Told]]:
    """Yield reports of every class in every channel, over all months and hours."""
    rng = random.Random(20190601)
    for item in MINOR:
        for draw in range(draws):
            month, hour, channel = rng.randint(1, 12), rng.randrange(24), CHANNELS[draw % 3]
            yield item.code, month, hour, told(texts, draw, item.code, month, hour, channel)


def test_every_minor_class_can_be_reported(texts: Texts) -> None:
    for month in ALL_MONTHS:
        for hour in ALL_HOURS:
            weights = texts.weights(month, hour)
            assert set(weights) == {item.code for item in MINOR}
            assert min(weights.values()) > 0


def test_weights_follow_the_year_and_the_day(texts: Texts) -> None:
    def share(category: str, month: int, hour: int) -> float:
        weights = texts.weights(month, hour)
        return weights[category] / sum(weights.values())

    assert share("1102", 8, 10) > 5 * share("1102", 12, 10)  # floods in the typhoon months
    assert share("1104", 8, 10) > 3 * share("1104", 12, 10)
    assert share("0804", 1, 10) > 2 * share("0804", 6, 10)  # wages before Spring Festival
    assert share("0503", 11, 17) > 2 * share("0503", 5, 17)  # straw after the harvest
    assert share("0305", 9, 22) > 3 * share("0305", 9, 10)  # noise at night
    assert share("0402", 9, 1) > 5 * share("0402", 9, 10)
    assert share("0607", 9, 7) > 5 * share("0607", 8, 12)  # schools, not in the holidays
    assert texts.weights(3, 9) is texts.weights(3, 9)


def test_there_are_many_ways_to_say_it(texts: Texts, pools: Pools) -> None:
    year = Counter[str]()
    for month in ALL_MONTHS:
        for hour in ALL_HOURS:
            year.update(texts.weights(month, hour))
    frequent = {code for code, _ in year.most_common(25)}
    for item in MINOR:
        ways = sum(
            len(pool.choices)
            for (subject, kind), pool in pools.items()
            if subject.partition("/")[0] == item.code
            and kind in ("what", "full", "yue", "fact", "worker", "hotline")
        )
        assert ways >= (12 if item.code in frequent else 4), (item.code, ways)


def test_of_four_thousand_texts_hardly_any_is_said_twice(texts: Texts) -> None:
    rng = random.Random(4000)
    names = [mark.name for area in load_areas() for mark in area.landmarks]
    said = Counter[str]()
    for _ in range(4000):
        month, hour = rng.randint(1, 12), rng.choice((7, 8, 9, 10, 14, 15, 16, 19, 20, 21, 23))
        weights = texts.weights(month, hour)
        category = rng.choices(list(weights), list(weights.values()))[0]
        channel = rng.choices(CHANNELS, (65, 20, 15))[0]
        place = rng.choice(names)
        one = texts.pick(
            rng, category=category, place=place, month=month, hour=hour, channel=channel
        )
        said[one.text] += 1
        assert place in one.place_words
    assert sum(count for count in said.values() if count > 1) < 0.03 * 4000


def test_nobody_speaks_of_what_is_not_in_season(texts: Texts) -> None:
    seen = Counter[str]()
    for category, month, hour, one in everything(texts, 450):
        for pattern, months, hours in TIMES:
            if re.search(pattern, one.text + one.done):
                assert month in months and hour in hours, (category, month, hour, one)
                seen[pattern] += 1
    assert set(seen) == {pattern for pattern, _, _ in TIMES}, "a rule has nothing to watch"


def test_only_danger_sounds_like_danger(texts: Texts) -> None:
    assert {"0603", "0702", "0803", "1101", "1103"} <= DANGER
    for category, month, hour, one in everything(texts, 450):
        hit = emergency(one.text)
        assert (hit is not None) == (category in DANGER), (category, month, hour, hit, one.text)
        assert emergency(one.place_words) is None


def test_texts_read_like_sentences(texts: Texts) -> None:
    broken = re.compile(r"[\[\]{}|~#]|，，|。。|，。|。，|？。|！。|了了|的的|、，|^[，。]|\s{2}")
    for category, _, _, one in everything(texts, 200):
        for words in (one.text, one.done, one.place_words):
            assert not broken.search(words), (category, words)
        assert 2 <= len(one.text) <= 150 and len(one.done) >= 4, (category, one)
        assert len(one.text) < MAX_TEXT
        assert not NEVER.search(one.text + one.done), (category, one)


def test_personal_data_are_few_and_invented(texts: Texts) -> None:
    phones = 0
    for category, _, _, one in everything(texts, 200):
        assert not re.search(r"(?<!\d)\d{15,18}(?!\d)", one.text), category
        for phone in re.findall(r"1\d{2}-?\d{4}-?\d{4}", one.text):
            assert re.fullmatch(r"199-0000-\d{4}", phone), one.text
            phones += 1
        for plate in re.findall(r"[粤京沪][A-Z][·. ]?[A-Z0-9]{4,6}", one.text):
            assert re.fullmatch(r"粤E·TEST\d", plate)
    assert 0 < phones < 0.01 * 200 * len(MINOR)


def test_channels_speak_their_own_way(texts: Texts) -> None:
    words = {
        channel: " ".join(
            told(texts, seed, code, 5, 9, channel).text
            for code in ("0101", "0203", "0305", "0801")
            for seed in range(80)
        )
        for channel in CHANNELS
    }
    assert "巡查" in words["worker"] and "来电" in words["12345"]
    assert "来电" not in words["snap"] + words["worker"] and "巡查发现" not in words["snap"]
    assert "冇" in words["snap"] and "冇" not in words["worker"] + words["12345"]
    assert "我家" not in words["worker"] + words["12345"]


def test_a_worker_answers_nobody(texts: Texts) -> None:
    answers = Counter[str]()
    for channel in CHANNELS:
        for seed in range(300):
            answers[channel] += "反映人" in told(texts, seed, "0101", 5, 9, channel).done
    assert answers["worker"] == 0 < min(answers["snap"], answers["12345"])


def test_what_is_done_fits_what_was_said(texts: Texts) -> None:
    for seed in range(400):
        one = told(texts, seed, "0106", 5, 9)
        assert ("厕" in one.text) == ("公厕" in one.done), one


def test_the_same_dice_give_the_same_words(texts: Texts) -> None:
    again = Texts.load()
    for item in MINOR:
        assert told(texts, 7, item.code, 8, 20) == told(again, 7, item.code, 8, 20)
    assert told(texts, 7, "0101", 8, 20) != told(texts, 8, "0101", 8, 20)


def test_a_place_nobody_names_leaves_its_field_empty(texts: Texts) -> None:
    for channel in CHANNELS:
        one = texts.pick(
            random.Random(1), category="0101", place="", month=5, hour=9, channel=channel
        )
        assert one.place_words == "" and one.text


def test_handlers_and_residents_have_their_words(texts: Texts) -> None:
    rng = random.Random(1)
    said: dict[str, set[str]] = {}
    for _ in range(300):
        category = rng.choice(MINOR).code
        said.setdefault("back", set()).add(texts.back(rng, category))
        said.setdefault("passed_up", set()).add(texts.passed_up(rng, category))
        said.setdefault("transferred", set()).add(texts.transferred(rng))
        said.setdefault("solved", set()).add(texts.comment(rng, True))
        said.setdefault("unsolved", set()).add(texts.comment(rng, False))
        for reason in RETURN_REASONS:
            said.setdefault(reason, set()).add(texts.returned(rng, reason, category))
        for reason in REJECT_REASONS:
            said.setdefault(reason, set()).add(texts.rejected(rng, reason))
    assert all(len(words) >= 10 and min(map(len, words)) >= 1 for words in said.values())
    assert not said["solved"] & said["unsolved"]
    assert any("井盖" in texts.back(random.Random(seed), "0201") for seed in range(60))


def test_a_class_without_texts_is_refused_by_name(texts: Texts) -> None:
    with pytest.raises(KeyError, match="0000"):
        told(texts, 1, "0000", 5, 9)


def test_every_row_of_the_files_can_be_said(pools: Pools) -> None:
    """A kind that nothing asks for is a slip of the pen: its rows would never be read."""
    rows = [row for path in FILES for row in csv.DictReader(path.open(encoding="utf-8"))]
    named = {name for row in rows for name in re.findall(r"\{([a-z_]+)\}", row["text"])}
    asked = {"what", "full", "yue", "hurt", "yhurt", "ask", "yask", "fact", "worker", "hotline"}
    asked |= {"done", "back", "pass_up", "worker_open", "worker_tail", "hotline_open"}
    asked |= {"transferred", "solved", "unsolved"}
    asked |= {f"returned_{reason}" for reason in RETURN_REASONS}
    asked |= {f"rejected_{reason}" for reason in REJECT_REASONS}
    for tone in TONES:
        asked |= {f"{part}_{tone}" for part in ("open", "tail", "yopen", "ytail")}
        asked |= {f"hotline_open_{tone}", f"hotline_tail_{tone}"}
    assert {row["kind"] for row in rows} <= asked | named
    known = set(read_classes(CLASSES_FILE)) | {COMMON}
    assert {row["category"].partition("/")[0] for row in rows} <= known


@pytest.mark.parametrize(
    ("row", "line", "column", "reason"),
    [
        ("0101,what,,{p}[有垃圾", 2, "text", "unbalanced"),
        ("0101,what,,{p}有垃圾]", 2, "text", "unbalanced"),
        ("0101,what,,{p}{nothing}", 2, "text", "unknown_part"),
        ("0101,what,monsoon,{p}有垃圾", 2, "when", "unknown_season"),
        ("0101,what,,{p}[~monsoon:有垃圾|很脏]", 2, "text", "unknown_season"),
        ("0101,what,,{p}[~rain 有垃圾|很脏]", 2, "text", "unknown_season"),
        ("0101,what,,{p}[~rain:有垃圾|~hot:很脏]", 2, "text", "not_always"),
        ("0101,done,rain,已清走", 2, "when", "not_always"),
        ("0101,what,,", 2, "text", "blank"),
        ("0101,a,,{b}\n0101,b,,{a}", 2, "text", "circular"),
        ("0101,what,,好\n\n0101,what,,{p}[", 4, "text", "unbalanced"),
    ],
)
def test_a_wrong_row_is_named_by_line_and_column(
    tmp_path: Path, row: str, line: int, column: str, reason: str
) -> None:
    path = tmp_path / "texts.csv"
    path.write_text(f"category,kind,when,text\n{row}\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_texts([path])
    assert (refused.value.field, refused.value.reason) == (column, reason)
    assert refused.value.values["line"] == line


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("0101,loud,1,,", "tone", "unknown_tone"),
        ("0101,plain,many,,", "weight", "not_a_number"),
        ("0101,plain,1,13:2,", "months", "bad_span"),
        ("0101,plain,1,spring:2,", "months", "bad_span"),
        ("0101,plain,1,,9-24:2", "hours", "bad_span"),
        (",plain,1,,", "category", "blank"),
        ("0101,plain,1,,\n0101,plain,2,,", "category", "twice"),
    ],
)
def test_a_wrong_class_row_is_named(tmp_path: Path, row: str, column: str, reason: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(f"category,tone,weight,months,hours\n{row}\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_classes(path)
    assert (refused.value.field, refused.value.reason) == (column, reason)


def test_spans_run_past_midnight_and_new_year(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(
        "category,tone,weight,months,hours\n0101,plain,2.5,11-2:3,22-1:4 9:0.5\n", encoding="utf-8"
    )
    row = read_classes(path)["0101"]
    assert row.weight == 2.5
    assert [month for month in ALL_MONTHS if row.months[month - 1] == 3] == [1, 2, 11, 12]
    assert [hour for hour in ALL_HOURS if row.hours[hour] == 4] == [0, 1, 22, 23]
    assert row.hours[9] == 0.5 and row.hours[12] == 1
