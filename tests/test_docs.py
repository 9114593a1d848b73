"""The documents: they say what the code does, and what they name exists."""

import re
from pathlib import Path

import pytest

from gridgov.cli import cli
from gridgov.config import Settings
from tests.support import workflow_page

ROOT = Path(__file__).resolve().parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "geodata" / "SOURCES.md"]
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PARTS = ["Context", "Decision", "Consequences", "Measured"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def links(path: Path) -> list[str]:
    """The targets of a document's links that lie in the tree, without what stands in code."""
    found = LINK.findall(FENCE.sub("", text_of(path)))
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(path: Path) -> set[str]:
    """The names under which a page's headings can be linked."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_workflow_page_shows_the_table_of_the_code() -> None:
    shown = workflow_page.table_in(text_of(workflow_page.PAGE))
    assert shown == workflow_page.steps_table(), "run python -m tests.support.workflow_page"


def test_the_workflow_page_names_every_state_with_the_residents_word() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| \S+ \| [^|]+ \| (\w+) \S+ \|$",
        text_of(workflow_page.PAGE),
        re.MULTILINE,
    )
    assert dict(rows) == workflow_page.public_words()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    lost = []
    for link in links(path):
        target, _, anchor = link.partition("#")
        page = (path.parent / target).resolve() if target else path
        inside = page.is_relative_to(ROOT)
        if not inside or not page.exists() or (anchor and anchor not in anchors(page)):
            lost.append(link)
    assert not lost


def test_the_two_readmes_say_the_same_with_the_same_links_and_commands() -> None:
    english, chinese = READMES
    assert links(english)[0] == chinese.name
    assert links(chinese)[0] == english.name
    assert sorted(links(english)[1:]) == sorted(links(chinese)[1:])
    assert FENCE.findall(text_of(english)) == FENCE.findall(text_of(chinese))


def test_every_make_target_and_command_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", text_of(ROOT / "Makefile"), re.MULTILINE))
    asked = {(path, name) for path in DOCUMENTS for name in _named(path, r"make ([a-z]+)")}
    assert {name for _, name in asked} >= {"run", "test"}
    assert {name for _, name in asked} <= targets
    commands = {name for path in DOCUMENTS for name in _named(path, r"gridgov ([a-z]+)")}
    assert commands >= {"start", "migrate", "verify", "facts"}
    assert commands <= set(cli.commands)


def _named(path: Path, pattern: str) -> list[str]:
    """What is named in code: between backticks, or as a command of a code block."""
    text = text_of(path)
    blocks = FENCE.findall(text)
    lines = [line for block in blocks for line in block.splitlines()[1:-1]]
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    found = [re.match(rf"(?:\.venv/bin/)?{pattern}\b", code) for code in [*spans, *lines]]
    return [hit[1] for hit in found if hit]


def test_decisions_are_numbered_without_gaps_and_have_their_parts() -> None:
    assert len(DECISIONS) >= 13
    for number, path in enumerate(DECISIONS, start=1):
        page = text_of(path)
        assert path.name.startswith(f"{number:04}-"), path.name
        assert page.startswith(f"# {number:04} "), path.name
        assert re.findall(r"^## (.+)$", page, re.MULTILINE) == PARTS, path.name
        assert len(page.split()) < 500, f"{path.name} is longer than a page"


def test_the_list_of_decisions_is_complete_and_has_their_titles() -> None:
    listed = re.findall(
        r"^\| \[(\d{4})\]\(([\w.-]+)\) \| (.+) \|$",
        text_of(ROOT / "docs" / "decisions" / "README.md"),
        re.MULTILINE,
    )
    assert [file for _, file, _ in listed] == [path.name for path in DECISIONS]
    for number, file, title in listed:
        page = text_of(ROOT / "docs" / "decisions" / file)
        assert page.splitlines()[0] == f"# {number} {title}"


def variables() -> list[str]:
    """The environment variables that the settings are read from."""
    prefix = Settings.model_config["env_prefix"]
    return [
        str(field.validation_alias or f"{prefix}{name}".upper())
        for name, field in Settings.model_fields.items()
    ]


def test_every_setting_is_explained() -> None:
    page = text_of(ROOT / "docs" / "operations.md")
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", page, re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    assert not set(variables()) - explained
    ours = {name for name in explained if name.startswith("GRIDGOV_")}
    assert not ours - set(variables()), "explained, but nothing reads it"


def test_every_file_of_geodata_has_its_source() -> None:
    folder = ROOT / "geodata"
    page = text_of(folder / "SOURCES.md")
    named = set(re.findall(r"^\| ([\w/.]+\.\w+) \|", page, re.MULTILINE))
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert named == files - {"SOURCES.md"}


def test_the_changelog_knows_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', text_of(ROOT / "pyproject.toml"), re.MULTILINE)
    assert version
    assert f"## {version[1]} " in text_of(ROOT / "CHANGELOG.md")
