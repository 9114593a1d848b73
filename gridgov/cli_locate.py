"""The commands `gridgov locate` (a file of points) and `gridgov outside` (what lies beyond)."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
from flask_babel import force_locale

from gridgov.app import create_app
from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.errors import InvalidInput
from gridgov.domain.routing import Outside, Placement
from gridgov.importers.locate_points import Columns, PointsFile, Refusal, Row
from gridgov.services import districts as setup
from gridgov.services import reference as references
from gridgov.services.reference import Reference
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import places, routing_words
from gridgov.web.access import home_district

OURS = (
    "grid_code",
    "grid_name",
    "path",
    "rule",
    "reason",
    "near_boundary",
    "candidates",
    "version",
    "refused",
)
REFUSALS = {
    "no_position": "no position",
    "unreadable_position": "the position is no pair of numbers",
    "not_on_earth": "these degrees are not on the earth; are lon and lat swapped?",
    "unreadable_accuracy": "the accuracy is no number of metres",
    "unknown_category": "the catalogue has no such category",
    "outside": "outside the district",
    "too_many_cells": "more cells than the header has columns",
}
SHOWN = 20
FILE = click.Path(path_type=Path)


@click.command("locate")
@click.argument("file", type=FILE)
@click.option("--datum", help="wgs84, cgcs2000, gcj02 or bd09: what the numbers mean")
@click.option("--lon", help="column of the longitude, if its name is unusual")
@click.option("--lat", help="column of the latitude, if its name is unusual")
@click.option("--accuracy", help="column of the accuracy in metres")
@click.option("--category", help="column of the category's code: some have grids of their own")
@click.option("--district", help="code of the district; the residents' own without it")
@click.option("--encoding", default="utf-8", show_default=True, help="of the file, such as gbk")
@click.option("--language", type=click.Choice(["zh-Hans", "en"]), default="zh-Hans")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv")
@click.option("--out", type=FILE, help="file to write; the standard output without it")
def locate(
    file: Path,
    datum: str | None,
    lon: str | None,
    lat: str | None,
    accuracy: str | None,
    category: str | None,
    district: str | None,
    encoding: str,
    language: str,
    form: str,
    out: Path | None,
) -> None:
    """Say for each row of a CSV file which grid it belongs to, and why."""
    meant = _datum(datum)
    points = PointsFile(file, Columns(lon, lat, accuracy, category), encoding)
    with create_app().app_context(), force_locale(language.replace("-", "_")):
        with read_only() as session:
            reference = references.of(session, district or home_district())
        count = _Count()
        with _output(out) as text:
            write = (_Csv if form == "csv" else _JsonLines)(text, points, reference).write
            for row in points.located(reference, meant):
                write(row)
                count.take(row)
    count.report()


def _datum(told: str | None) -> Datum:
    if told is None:
        raise click.ClickException(
            "Say in which datum the positions are: --datum wgs84, cgcs2000, gcj02 or bd09. "
            "A wrong guess would put them up to 1.3 km away."
        )
    try:
        return parse_datum(told)
    except InvalidInput as error:
        raise click.ClickException(
            f"{told} is no datum we know: wgs84, cgcs2000, gcj02 or bd09."
        ) from error


@contextmanager
def _output(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    # Told by its mark, as spreadsheets read UTF-8 only with it.
    encoding = "utf-8-sig" if out.suffix == ".csv" else "utf-8"
    with out.open("w", encoding=encoding, newline="") as text:
        yield text


class _Csv:
    """The rows as they came, with our columns behind theirs."""

    def __init__(self, text: IO[str], points: PointsFile, reference: Reference) -> None:
        self._rows, self._header = csv.writer(text, lineterminator="\n"), points.header
        self._reference = reference
        theirs = set(points.header)
        ours = [f"gridgov_{name}" if name in theirs else name for name in OURS]
        self._rows.writerow([*points.header, *ours])

    def write(self, row: Row) -> None:
        """Write one row."""
        theirs = [row.cells.get(name, "") for name in self._header]
        self._rows.writerow([*theirs, *self._ours(row)])

    def _ours(self, row: Row) -> list[Any]:
        found = row.found
        if isinstance(found, Refusal):
            return [*[""] * (len(OURS) - 1), found.reason]
        return [
            found.area_code,
            places.place_words(self._reference, found),
            "/".join(found.path),
            found.rule.value,
            routing_words.sentence(self._reference, found),
            "yes" if found.near_boundary else "no",
            " ".join(f"{one.code}:{one.share:.4f}" for one in found.candidates),
            found.version,
            "",
        ]


class _JsonLines:
    """One JSON object a row."""

    def __init__(self, text: IO[str], _points: PointsFile, reference: Reference) -> None:
        self._text, self._reference = text, reference

    def write(self, row: Row) -> None:
        """Write one row."""
        told: dict[str, Any] = {"line": row.line, "row": row.cells}
        found = row.found
        if isinstance(found, Refusal):
            told |= {"refused": {"reason": found.reason, "value": found.value}}
        else:
            told |= self._answer(found)
        self._text.write(json.dumps(told, ensure_ascii=False) + "\n")

    def _answer(self, found: Placement) -> dict[str, Any]:
        area = self._reference.net.area(found.area_code)
        return {
            "grid": {"code": area.code, "name": area.name, "name_en": area.name_en},
            "path": list(found.path),
            "rule": found.rule.value,
            "reason": routing_words.sentence(self._reference, found),
            "near_boundary": found.near_boundary,
            "too_vague": found.too_vague,
            "candidates": [{"code": c.code, "share": round(c.share, 4)} for c in found.candidates],
            "version": found.version,
        }


class _Count:
    """Counts rows, and says on the error stream what was refused: the output may be a pipe."""

    def __init__(self) -> None:
        self.read = self.refused = 0

    def take(self, row: Row) -> None:
        """Count one row; the first refused ones are named at once."""
        self.read += 1
        if isinstance(row.found, Refusal):
            self.refused += 1
            if self.refused <= SHOWN:
                words = REFUSALS[row.found.reason]
                click.echo(f"line {row.line}: {words} ({row.found.value!r})", err=True)

    def report(self) -> None:
        """Say how many there were; nothing located is an error."""
        if self.refused > SHOWN:
            click.echo(f"… and {self.refused - SHOWN} more, see the column refused", err=True)
        located = self.read - self.refused
        click.echo(f"{self.read} read = {located} located + {self.refused} refused", err=True)
        if not located:
            sys.exit(2)


@click.command("outside")
@click.argument("what", type=click.Choice([str(one) for one in Outside]))
@click.option("--district", help="code of the district; the residents' own without it")
def outside(what: str, district: str | None) -> None:
    """Refuse reports from outside the district, or take them into its tray to hand over."""
    with create_app().app_context():
        code = district or home_district()
        with unit_of_work() as session:
            setup.set_outside(session, code, Outside(what))
    done = "refused" if what == Outside.REFUSE else "taken into the district's tray"
    click.echo(f"district {code}: reports from outside are {done}")
