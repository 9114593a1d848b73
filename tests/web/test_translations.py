"""Every word a person reads has its Chinese, said once and with its values in place."""

import ast
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from jinja2 import Environment, nodes
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.deadlines import LimitUnit
from gridgov.storage.cases import Case
from gridgov.storage.ids import show_receipt_code
from gridgov.storage.reports import Report
from gridgov.web import words
from gridgov.web.i18n import FOLDER, init_languages, read_catalogue
from tests.support.app import Installation, copy_of

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES, PYTHON = ROOT / "templates", ROOT / "gridgov" / "web"
CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
# Words that are data: the name of the Chinese language in its own language.
DATA_WORDS = {"中文"}
# Functions of words and where their message, plural and context stand.
KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_pgettext": ((1, "c"), 2),
}


@dataclass(frozen=True)
class Wanted:
    """A message the program asks for: singular and, where there is one, plural."""

    context: str | None
    ids: tuple[str, ...]
    where: str


@functools.cache
def wanted() -> tuple[Wanted, ...]:
    """Every message of the templates and of the web floor's Python."""
    # Not silent: else a template the extractor cannot read counts as one without words.
    options = {"**.html": {"silent": "false"}}
    rooms = ((TEMPLATES, [("**.html", "jinja2")]), (PYTHON, [("**.py", "python")]))
    found = [
        Wanted(context, (ids,) if isinstance(ids, str) else tuple(ids), f"{file}:{line}")
        for room, method in rooms
        for file, line, ids, _comments, context in extract_from_dir(
            room, method_map=method, options_map=options, keywords=KEYWORDS
        )
    ]
    files = {one.where.partition(":")[0].rpartition(".")[2] for one in found}
    assert files == {"html", "py"}, "the extractors do not see both rooms"
    return tuple(found)


@functools.cache
def chinese() -> Catalog:
    """The catalogue as the application merges it."""
    return read_catalogue("zh_Hans")


def strings(message: Any) -> tuple[str, ...]:
    """A message's translations: one, or one for each plural form."""
    found = () if message is None else message.string
    return (found,) if isinstance(found, str) else tuple(found)


def po_files() -> list[Path]:
    """The catalogues of Chinese."""
    found = sorted((FOLDER / "zh_Hans" / "LC_MESSAGES").glob("*.po"))
    assert len(found) > 1, "the catalogues were not found"
    return found


def key_of(message: Any) -> tuple[str | None, str]:
    """What a message is looked up by."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def messages_of(path: Path) -> list[Any]:
    """The messages of a catalogue, without its head."""
    with path.open("rb") as file:
        return [message for message in read_po(file, locale="zh_Hans") if message.id]


# --- the catalogues ----------------------------------------------------------------------


def test_every_message_has_its_chinese() -> None:
    missing = sorted(
        f"{one.where} {one.context or ''} {one.ids[0]!r}"
        for one in wanted()
        if not all(strings(chinese().get(one.ids[0], one.context)) or [""])
    )
    assert not missing


def test_a_translation_keeps_every_value_of_its_message() -> None:
    wrong = []
    for one in wanted():
        # The singular may say "one" in a word, so the plural is what holds every value.
        values = set(PLACEHOLDER.findall(one.ids[-1]))
        for text in strings(chinese().get(one.ids[0], one.context)):
            if set(PLACEHOLDER.findall(text)) != values:
                wrong.append(f"{one.where} {one.ids[-1]!r} → {text!r}")
    assert not wrong


def test_a_message_has_no_percent_sign_that_formatting_stumbles_over() -> None:
    """Jinja formats every message, also one without values: a bare % breaks the page."""
    for one in wanted():
        for text in (*one.ids, *strings(chinese().get(one.ids[0], one.context))):
            assert "%" not in re.sub(r"%\(\w+\)[sd]|%%", "", text), f"{one.where} {text!r}"


def test_no_two_catalogues_translate_a_message_differently() -> None:
    """They are merged into one, where the order of the files would decide in silence."""
    said: dict[tuple[str | None, str], dict[tuple[str, ...], list[str]]] = {}
    for path in po_files():
        for message in messages_of(path):
            said.setdefault(key_of(message), {}).setdefault(strings(message), []).append(path.name)
    assert not {key: ways for key, ways in said.items() if len(ways) > 1}


@pytest.mark.parametrize("path", po_files(), ids=lambda path: path.stem)
def test_a_catalogue_names_each_message_once(path: Path) -> None:
    entries = re.findall(r"^msgid ", path.read_text("utf-8"), re.MULTILINE)
    assert len(entries) - 1 == len(messages_of(path)), "one of two entries is lost on reading"


def test_no_catalogue_keeps_a_message_nobody_asks_for() -> None:
    asked = {(one.context, one.ids[0]) for one in wanted()}
    idle = [
        f"{path.name} {key_of(message)}"
        for path in po_files()
        for message in messages_of(path)
        if key_of(message) not in asked
    ]
    assert not idle


# --- the code ----------------------------------------------------------------------------


def test_no_message_is_written_in_chinese() -> None:
    assert not [one for one in wanted() if any(CHINESE.search(text) for text in one.ids)]


def own_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The strings of a module that are no docstrings, with their lines."""
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def test_no_chinese_stands_in_python_code() -> None:
    found = [
        f"{path.name}:{line} {text!r}"
        for path in sorted(PYTHON.rglob("*.py"))
        for line, text in own_strings(ast.parse(path.read_text("utf-8")))
        if CHINESE.search(text) and text not in DATA_WORDS
    ]
    assert not found


def test_no_chinese_stands_in_templates_outside_their_comments() -> None:
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        for line, kind, text in Environment().lex(path.read_text("utf-8"), filename=str(path)):
            spoken = functools.reduce(lambda rest, word: rest.replace(word, ""), DATA_WORDS, text)
            if kind != "comment" and CHINESE.search(spoken):
                found.append(f"{path.name}:{line} {text!r}")
    assert not found


def test_no_message_is_made_up_while_the_program_runs() -> None:
    """The extractors pass over _(word): such a message would never be asked for here."""
    composed = []
    for path in sorted(PYTHON.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and _named(node.func) else ""
            if name in KEYWORDS and not all(isinstance(a, ast.Constant) for a in node.args[:1]):
                composed.append(f"{path.name}:{node.lineno}")
    for path in sorted(TEMPLATES.rglob("*.html")):
        tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            name = call.node.name if isinstance(call.node, nodes.Name) else ""
            if name in KEYWORDS and not all(isinstance(a, nodes.Const) for a in call.args[:1]):
                composed.append(f"{path.name}:{call.lineno}")
    assert not composed


def _named(function: ast.expr) -> bool:
    return isinstance(function, ast.Name)


# --- words for codes, times and spans ----------------------------------------------------

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 2, 24, tzinfo=UTC)  # 10:24 there


@pytest.fixture
def speaking() -> Iterator[Flask]:
    """The languages alone, without a database."""
    app = Flask("words")
    init_languages(app)
    with app.test_request_context():
        yield app


def said(table: dict[Any, Any]) -> str:
    """The words of a table, in its order."""
    return " ".join(str(word) for word in table.values())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (words.LAMP_WORDS, "正常 即将到期 已超期 暂停计时"),
        (
            words.STATE_WORDS,
            "待受理 待补充 待核实 待派遣 待签收 办理中 挂账 待核查 "
            "已结案 不予受理 已合并 作废 已移交",
        ),
        (words.PUBLIC_WORDS, "已提交 已受理 处理中 待核查 已办结 不予受理"),
        (words.SATISFACTION_WORDS, "非常满意 满意 基本满意 不满意 很不满意"),
        (words.LEVEL_WORDS, "网格 村居 镇街 区"),
    ],
    ids=["lamps", "states", "public states", "satisfaction", "levels"],
)
@pytest.mark.usefixtures("speaking")
def test_codes_have_the_words_people_know(table: dict[Any, Any], expected: str) -> None:
    assert said(table) == expected


@pytest.mark.usefixtures("speaking")
def test_closing_is_one_word_as_an_act_and_another_as_a_state() -> None:
    feed = {str(action): str(word) for action, word in words.ACTION_WORDS.items()}
    state = {str(state): str(word) for state, word in words.STATE_WORDS.items()}
    assert (feed["check_pass"], state["closed"]) == ("办结", "已结案")
    assert (feed["submit"], feed["dispatch"], feed["sign"]) == ("受理", "派遣", "签收")


@pytest.mark.usefixtures("speaking")
def test_times_and_spans_are_said_as_in_the_street() -> None:
    due = datetime(2026, 11, 20, 6, 41, tzinfo=UTC)
    assert words.span(257) == "4 小时 17 分"
    assert words.span(2 * 24 * 60 + 180) == "2 天 3 小时"
    assert words.span(12 * 24 * 60 + 180) == "12 天"
    assert words.before(due, NOW, ZONE) == "14:41 前"
    assert words.day_clock(due, NOW, ZONE) == "今天 14:41"
    assert words.clock(due - timedelta(days=1), NOW, ZONE) == "昨天 14:41"
    assert words.limit_words(0.5, LimitUnit.NATURAL_HOUR) == "30 分"
    assert words.limit_words(2, LimitUnit.WORKING_DAY) == "2 个工作日"


@pytest.mark.usefixtures("speaking")
def test_the_same_words_come_in_english_where_it_is_chosen() -> None:
    with force_locale("en"):
        assert said(words.LAMP_WORDS) == "On time Due soon Overdue Clock paused"
        assert words.working_days("1") == "1 working day"
        assert words.span(257) == "4 h 17 min"


# --- whole pages -------------------------------------------------------------------------

ENGLISH_SENTENCE = re.compile(r"[A-Za-z][a-z']*(?:[,;:]? [A-Za-z][a-z']*){2,}")
SPOKEN_ATTRIBUTES = ("aria-label", "alt", "title", "placeholder")
VOID = frozenset({"input", "img", "link", "meta", "br", "hr", "use", "path", "circle", "rect"})
RESIDENT_PAGES = {
    "/": "有危险，先打电话 报警 火警 急救 拍照上报 查进度 用时",
    "/report": "上报问题 是什么问题 发送 网格界线为示意，并非真实界线",
    "/r": "回执码 查进度",
    "/login": "工作人员登录 用户名 密码",
    "/privacy": "隐私说明 我们留下什么",
    "/no-such-page": "没有这一页",
}
STAFF_PAGES = {
    "worker": ("/work", "我的任务 待签收 办理中 随手拍 网格员"),
    "handler": ("/work", "我的任务 经办人"),
    "dispatcher": ("/desk?tab=open", "调度台 待派遣 派遣员 时限 剩余 随手拍"),
    "supervisor": ("/board", "驾驶舱 办结率 督导员 至 按镇街 不足 20 件 4 镇街"),
    "system_admin": ("/admin", "管理 系统管理员 单元网格 案件 开通"),
}


@pytest.fixture
def installation(sqlite_sample: Installation, tmp_path: Path) -> Installation:
    """A copy of the sample on one kind of database: words are the same on both."""
    return copy_of(sqlite_sample, tmp_path, None)


class Reader(HTMLParser):
    """Collects what a page says: text, spoken attributes, the words handed to scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._muted: list[bool] = [False]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        own = given.get("lang") if tag != "html" else None
        muted = self._muted[-1] or tag == "style" or own is not None
        muted = muted or (tag == "script" and given.get("type") != "application/json")
        if not muted:
            said = [given.get(name) or "" for name in SPOKEN_ATTRIBUTES]
            self.said += [*said, *(v or "" for k, v in attrs if k in {"data-missing", "data-alt"})]
        if tag not in VOID:
            self._muted.append(muted)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._muted.pop()

    def handle_data(self, data: str) -> None:
        if not self._muted[-1]:
            self.said.append(data.strip())


def read(html: str) -> list[str]:
    """What a page says, piece by piece."""
    reader = Reader()
    reader.feed(html)
    found = [text for text in reader.said if text]
    assert len(found) > 5, "the page says next to nothing"
    return found


def left_in_english(html: str) -> list[str]:
    """What of a Chinese page is English: a sentence, or a message as it stands in the code."""
    raw = {text for one in wanted() for text in one.ids if not CHINESE.search(text)}
    own = {text for one in wanted() for text in strings(chinese().get(one.ids[0], one.context))}
    return [text for text in read(html) if text in raw - own or ENGLISH_SENTENCE.search(text)]


def assert_says_in_chinese(client: FlaskClient, address: str, expected: str) -> None:
    """Assert that a page says the expected words, and nothing in English."""
    html = client.get(address).text
    told = " ".join(read(html))
    assert not [word for word in expected.split() if word not in told], address
    assert not left_in_english(html), address


def test_residents_read_chinese(client: FlaskClient) -> None:
    for address, expected in RESIDENT_PAGES.items():
        assert_says_in_chinese(client, address, expected)


def test_residents_who_choose_english_read_no_chinese(client: FlaskClient) -> None:
    client.get("/language?to=en&next=/")
    for address in RESIDENT_PAGES:
        left = [text for text in read(client.get(address).text) if CHINESE.search(text)]
        assert not [text for text in left if text not in DATA_WORDS], address


def test_a_receipt_is_chinese(client: FlaskClient, session: Session) -> None:
    # One that was taken up: what is not taken up promises nothing.
    closed = select(Report.receipt_code).join(Case).where(Case.state == "closed")
    code = show_receipt_code(session.scalars(closed).first() or "")
    assert_says_in_chinese(client, f"/r/{code}", "回执码 已提交 已受理 承诺时间 办理单位 不予受理")


def test_staff_read_chinese(as_role: Callable[[str], FlaskClient]) -> None:
    for role, (address, expected) in STAFF_PAGES.items():
        client = as_role(role)
        assert_says_in_chinese(client, address, expected)
        for case in re.findall(r'href="(/work/cases/[^"]+)"', client.get(address).text)[:2]:
            assert_says_in_chinese(client, case, "状态 时限 承办 经过 居民：上报")
