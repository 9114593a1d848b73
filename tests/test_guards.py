"""Guards over the whole tree: floors, sizes, migrations, locks, what a file may name."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
ASSERTING = {"raises", "expect"}  # of pytest and of playwright
# Pieces, so that this file does not name what it forbids.
FORBIDDEN = [
    re.compile(r"(?<![\w.])/" + r"work/(main|shared|\.library)\b"),
    re.compile(r"(?<![\w.])/" + r"(root|home/[a-z]\w*|Users/\w+)/"),
    re.compile(r"(?<![\w.])/" + r"tmp/w\b"),
    re.compile(r"\b(test\.)?py" + r"pi\.org\b"),
    re.compile(r"python" + r"hosted\.org\b"),
    re.compile(r"registry\.npm" + r"js\.org\b"),
    re.compile(r"deb\.debian" + r"\.org\b"),
]
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==\S+( ;[^\\]*)? \\$")


def code_files() -> list[Path]:
    """The Python files of the product."""
    files = [path for room in ("gridgov", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    assert len(files) > 10, "the product's files were not found"
    return files


def files_of_tests() -> list[Path]:
    """The Python files of the tests: the size rules hold for them as well."""
    files = list((ROOT / "tests").rglob("*.py"))
    assert len(files) > 10, "the tests were not found"
    return files


def files_of_the_project() -> list[Path]:
    """Every file git tracks or would track; in a tree without git, every file."""
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    if listing.returncode == 0:
        paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        hidden = {".venv", ".git", "instance", "__pycache__", "test-results"}
        paths = [p for p in ROOT.rglob("*") if not hidden & set(p.relative_to(ROOT).parts)]
    files = [path for path in paths if path.is_file()]
    assert len(files) > 10, "the project's files were not found"
    return files


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a module, however deep."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name_of(path: Path) -> str:
    """The path as a person would write it."""
    return path.relative_to(ROOT).as_posix()


def plain(requirement: str) -> str:
    """The normalised name of a requirement line: no extras, no version."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[ ;<>=!~]", requirement)[0]).lower()


def direct_dependencies(path: str) -> list[str]:
    """The packages a .in file names itself."""
    lines = (ROOT / path).read_text().splitlines()
    return [plain(line) for line in lines if line.strip() and not line.startswith(("#", "-"))]


def test_arrows_between_floors_only_point_down(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    code = lint_imports(no_logo=True, no_cache=True)
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)],
    ids=["ruff", "format", "mypy"],
)
def test_a_linter_finds_nothing(command: tuple[str, ...]) -> None:
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_files_stay_small() -> None:
    long = {
        name_of(path): lines
        for path in [*code_files(), *files_of_tests()]
        if (lines := len(path.read_text().splitlines())) >= MAX_FILE_LINES
    }
    assert not long


def test_functions_stay_short() -> None:
    long = {
        f"{name_of(path)}:{node.lineno} {node.name}": lines
        for path in [*code_files(), *files_of_tests()]
        for node in functions(ast.parse(path.read_text()))
        if (lines := (node.end_lineno or 0) - node.lineno + 1) >= MAX_FUNCTION_LINES
    }
    assert not long


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{name_of(path)}:{inner.lineno}"
        for path in code_files()
        for node in functions(ast.parse(path.read_text()))
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def shows_what_it_asserts(test: ast.AST) -> bool:
    """Tell whether a test asserts in its own lines, or calls what says by its name that it does."""
    for node in ast.walk(test):
        called = getattr(node, "func", None)
        name = getattr(called, "attr", getattr(called, "id", ""))
        if isinstance(node, ast.Assert) or name in ASSERTING or name.startswith("assert_"):
            return True
    return False


def test_each_test_shows_what_it_asserts() -> None:
    hidden = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in files_of_tests()
        for node in functions(ast.parse(path.read_text()))
        if node.name.startswith("test_") and not shows_what_it_asserts(node)
    ]
    assert not hidden, "let the helper return what it found, or name it assert_…"


def test_tests_of_one_name_on_two_floors_do_not_meet() -> None:
    """Each folder of tests is a package; else pytest takes two test_x.py for one module."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()]


def migrations() -> list[Path]:
    """The migrations in order; none only while there is no folder for them."""
    folder = ROOT / "migrations" / "versions"
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    assert files or not folder.is_dir(), "migrations/versions is empty"
    return files


def constants(tree: ast.Module) -> dict[str, object]:
    """Module-level names that are bound to a plain value."""
    found: dict[str, object] = {}
    for node in tree.body:
        targets: list[ast.expr] = [node.target] if isinstance(node, ast.AnnAssign) else []
        targets += node.targets if isinstance(node, ast.Assign) else []
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                found[target.id] = value.value
    return found


def test_migrations_are_numbered_without_gaps() -> None:
    before = None
    for number, path in enumerate(migrations(), start=1):
        revision = f"{number:04}"
        said = constants(ast.parse(path.read_text()))
        assert path.name.startswith(f"{revision}_"), path.name
        assert said.get("revision") == revision, path.name
        assert said.get("down_revision") == before, path.name
        before = revision


def test_migrations_can_be_undone() -> None:
    for path in migrations():
        undo = [f for f in functions(ast.parse(path.read_text())) if f.name == "downgrade"]
        assert undo, f"{path.name} has no downgrade"
        done = [node for node in ast.walk(undo[0]) if isinstance(node, ast.Call)]
        assert done, f"{path.name}: downgrade does nothing"


def test_no_file_names_this_machine_or_a_registry() -> None:
    named = []
    for path in files_of_the_project():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a font, a compressed file
        for pattern in FORBIDDEN:
            if found := pattern.search(text):
                line = text.count("\n", 0, found.start()) + 1
                named.append(f"{name_of(path)}:{line} {found.group()}")
    assert not named


@pytest.mark.parametrize("lock", ["requirements.txt", "tests/requirements.txt"])
def test_every_locked_package_has_a_version_and_hashes(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    packages = [at for at, line in enumerate(lines) if line[:1].isalnum()]
    assert len(packages) > 20
    for at in packages:
        assert LOCKED.match(lines[at]), lines[at]
        assert lines[at + 1].startswith("    --hash=sha256:"), lines[at]


@pytest.mark.parametrize(
    ("wish", "lock"),
    [
        ("requirements.in", "requirements.txt"),
        ("tests/requirements.in", "tests/requirements.txt"),
    ],
)
def test_every_direct_dependency_is_locked_and_explained(wish: str, lock: str) -> None:
    wanted = direct_dependencies(wish)
    locked = {plain(line) for line in (ROOT / lock).read_text().splitlines() if "==" in line}
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    explained = {plain(name) for name in re.findall(r"^\| ([\w.\[\]-]+) \| \S", page, re.MULTILINE)}
    assert len(wanted) > 5
    assert not set(wanted) - locked, "not in the lock: run make lock"
    assert not set(wanted) - explained, "no line in docs/dependencies.md says why"


def test_what_runs_is_tested_with_the_same_versions() -> None:
    runs, tested = (
        set(re.findall(r"^[A-Za-z0-9].*==[^ ]+", (ROOT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.txt", "tests/requirements.txt")
    )
    assert runs <= tested
