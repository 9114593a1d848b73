"""`gridgov report month 2020-09 --area 440608 --out DIR`: a period's report as Word and Excel."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gridgov.app import create_app
from gridgov.domain import books
from gridgov.domain.errors import NotFound
from gridgov.domain.report_periods import PeriodKind, read
from gridgov.domain.scope import CaseClass
from gridgov.gateways import book_excel, book_word
from gridgov.services import indicators, period_reports
from gridgov.services import reference as references
from gridgov.services.board import View
from gridgov.services.report_words import SHEETS
from gridgov.storage import districts
from gridgov.storage.session import read_only, unit_of_work


@click.command("report")
@click.argument("kind", type=click.Choice([str(kind) for kind in PeriodKind]))
@click.argument("period")
@click.option("--area", required=True, help="code of a district, town, village or grid")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="folder for the files",
)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def report(kind: str, period: str, area: str, out: Path, language: str) -> None:
    """Write the report of a PERIOD (2020-09-30, 2020-W36, 2020-09, 2020-Q3, 2020) as two files."""
    asked = read(PeriodKind(kind), period)
    with create_app().app_context():
        code = _district_of(area)
        folding = True
        while folding:
            with unit_of_work() as session:
                folding = bool(indicators.fold_pending(session, code))
        with unit_of_work() as session:
            view = View(code, area, asked.first, asked.last, frozenset({CaseClass.OPEN}))
            made = period_reports.make(
                session, view, asked, language=language, now=datetime.now(UTC)
            )
            book, edition, made_at = books.from_json(made.book), made.edition, made.made_at
    out.mkdir(parents=True, exist_ok=True)
    chinese = language == "zh"
    mark = f"gridgov report, {made_at:%Y-%m-%d %H:%M} UTC"
    sheets = [one.of(language) for one in SHEETS]
    stem = f"{area}-{asked.code}" + ("" if edition == 1 else f"-ed{edition}")
    for name, content in (
        (f"{stem}.docx", book_word.draw(book, chinese=chinese)),
        (f"{stem}.xlsx", book_excel.draw(book, contents=sheets[0], charts=sheets[1], mark=mark)),
    ):
        (out / name).write_bytes(content)
        click.echo(str(out / name))


def _district_of(area: str) -> str:
    """Return the district an area belongs to. Raises: NotFound."""
    with read_only() as session:
        for district in districts.every(session):
            if references.of(session, district.code).net.find(area) is not None:
                return district.code
    raise NotFound(f"no district here has an area {area}")
