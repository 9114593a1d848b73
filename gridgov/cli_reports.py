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
@click.option("--area", default="", help="code of a district, town, village or grid")
@click.option("--unit", default="", help="code of a unit: its cases alone, in its whole district")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="folder for the files",
)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def report(kind: str, period: str, area: str, unit: str, out: Path, language: str) -> None:
    """Write the report of a PERIOD (2020-09-30, 2020-W36, 2020-09, 2020-Q3, 2020) as two files.

    --area, --unit or both say what it is about.
    """
    if not area and not unit:
        raise click.UsageError("say what the report is about: --area, --unit or both")
    asked = read(PeriodKind(kind), period)
    with create_app().app_context():
        code = _district_of(area, unit)
        area = area or code
        folding = True
        while folding:
            with unit_of_work() as session:
                folding = bool(indicators.fold_pending(session, code))
        with unit_of_work() as session:
            view = View(code, area, asked.first, asked.last, frozenset({CaseClass.OPEN}))
            made = period_reports.make(
                session, view, asked, language=language, now=datetime.now(UTC), unit=unit
            )
            book, edition, made_at = books.from_json(made.book), made.edition, made.made_at
    out.mkdir(parents=True, exist_ok=True)
    chinese = language == "zh"
    mark = f"gridgov report, {made_at:%Y-%m-%d %H:%M} UTC"
    sheets = [one.of(language) for one in SHEETS]
    about = f"{area}-{unit}" if unit else area
    stem = f"{about}-{asked.code}" + ("" if edition == 1 else f"-ed{edition}")
    for name, content in (
        (f"{stem}.docx", book_word.draw(book, chinese=chinese)),
        (f"{stem}.xlsx", book_excel.draw(book, contents=sheets[0], charts=sheets[1], mark=mark)),
    ):
        (out / name).write_bytes(content)
        click.echo(str(out / name))


def _district_of(area: str, unit: str) -> str:
    """Return the district that has an area and a unit; "" asks for none. Raises: NotFound."""
    with read_only() as session:
        for district in districts.every(session):
            reference = references.of(session, district.code)
            has_area = not area or reference.net.find(area) is not None
            if has_area and (not unit or unit in reference.units):
                return district.code
    wanted = " and ".join(
        f"{what} {code}" for what, code in (("an area", area), ("a unit", unit)) if code
    )
    raise NotFound(f"no district here has {wanted}")
