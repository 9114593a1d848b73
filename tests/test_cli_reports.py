"""`gridgov report`, as an office runs it: of an area, of a unit, and of what there is none."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document

from tests.support.acts import DISTRICT
from tests.support.app import Installation, copy_of
from tests.support.command import gridgov

YEAR = f"{datetime.now(UTC):%Y}"
UNIT, NAME = "ZJSL", "高明区住房城乡建设和水利局"


@pytest.fixture
def sample(sqlite_sample: Installation, tmp_path: Path) -> Installation:
    return copy_of(sqlite_sample, tmp_path, None)


def test_the_report_of_a_unit_is_written_as_two_files(sample: Installation, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    run = gridgov(sample, "report", "year", YEAR, "--unit", UNIT, "--out", out)
    assert run.returncode == 0, run.stderr
    stem = f"{DISTRICT}-{UNIT}-{YEAR}"
    assert sorted(path.name for path in out.iterdir()) == [f"{stem}.docx", f"{stem}.xlsx"]
    texts = [paragraph.text for paragraph in Document(str(out / f"{stem}.docx")).paragraphs]
    assert f"{NAME} 网格事件年报" in texts


def test_what_there_is_none_of_is_named(sample: Installation, tmp_path: Path) -> None:
    for about, words in (
        (["--area", "CG"], "no district here has an area CG"),
        (["--unit", "NOBODY"], "no district here has a unit NOBODY"),
        ([], "--area, --unit or both"),
    ):
        run = gridgov(sample, "report", "year", YEAR, *about, "--out", tmp_path)
        assert run.returncode != 0
        assert words in run.stderr
    assert not list(tmp_path.glob("*.docx"))
