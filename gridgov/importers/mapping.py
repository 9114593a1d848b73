"""The mapping: a TOML file that says what a service-request CSV of elsewhere means.

docs/import.md explains every key with examples. A mapping is read as a whole and
refused with the path of the first key that cannot be used.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gridgov.config import ROOT
from gridgov.domain.datum import Datum
from gridgov.domain.deadlines import Limit, parse_limit
from gridgov.domain.workflow import REJECT_REASONS
from gridgov.importers.area_mapping import AreasMapping, areas_in, datum_in, read_toml
from gridgov.importers.mapping_table import Table
from gridgov.importers.moments import ISO
from gridgov.services.imports import Outcome

GEODATA = ROOT / "geodata"
FROM_ROWS = "from rows"
CODE = r"[a-z0-9][a-z0-9-]{0,31}"
CODE_WORDS = "a code of lower-case letters, digits and dashes"
# What a column may be: those that every file has, then those it may lack.
NEEDED_COLUMNS = ("id", "opened", "status", "category")
COLUMNS = (
    *NEEDED_COLUMNS,
    *("closed", "updated", "target", "group", "category_code", "description", "resolution"),
    *("address", "lon", "lat", "area", "channel", "unit"),
)


@dataclass(frozen=True, slots=True)
class DistrictMapping:
    """The district the rows belong to; files are found beside the mapping."""

    code: str
    name: str
    name_en: str
    timezone: str
    languages: tuple[str, ...]
    working_hours: tuple[tuple[str, str], ...]
    calendar: Path | None
    calendar_span: tuple[date, date]
    catalogue: Path | None  # None: made from the rows
    units: Path | None


@dataclass(frozen=True, slots=True)
class Formats:
    """How the file writes things. `zone` is for times that carry none."""

    dates: tuple[str, ...]
    zone: ZoneInfo | None
    datum: Datum | None
    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class CategoriesMapping:
    """How the file's classes become those of the catalogue.

    `words` gives the code for a class by its name; `other` takes what the catalogue
    lacks (None: it is added, with these limits).
    """

    words: Mapping[str, str]
    other: str | None
    accept_limit: Limit
    handle_limit: Limit


@dataclass(frozen=True, slots=True)
class RequestsMapping:
    """What the columns and words of a request file mean."""

    columns: Mapping[str, str]
    formats: Formats
    status: Mapping[str, Outcome]
    reasons: Mapping[str, str]
    channels: Mapping[str, str]
    categories: CategoriesMapping


@dataclass(frozen=True, slots=True)
class FileMapping:
    """A whole mapping file. `source` names where the rows come from, in every token."""

    path: Path
    source: str
    district: DistrictMapping | None
    areas: AreasMapping | None
    requests: RequestsMapping | None


def shipped() -> list[Path]:
    """Return the mappings that come with gridgov."""
    return sorted([*GEODATA.glob("*/mapping.toml"), *GEODATA.glob("mappings/*.toml")])


def read_mapping(path: Path) -> FileMapping:
    """Return what a mapping file says.

    Raises: InvalidInput (field is the path of the key in the file, or `mapping` for the
    file as a whole; reason; a sentence that names the file and the key).
    """
    whole = Table(path.name, "", read_toml(path))
    source = whole.matching("source", CODE, CODE_WORDS)
    found = FileMapping(
        path=path,
        source=source,
        district=_district(whole.table("district"), path.parent),
        areas=areas_in(whole.table("areas")),
        requests=_requests(whole),
    )
    whole.finish()
    if found.areas is not None and found.district is None:
        whole.refuse("district", "missing", "areas need a district to belong to")
    return found


def _district(table: Table | None, folder: Path) -> DistrictMapping | None:
    if table is None:
        return None
    timezone = table.text("timezone")
    _zone(table, "timezone", timezone)
    languages = tuple(table.list_of("languages", str, ["en"]))
    for language in languages:
        if language not in ("zh-Hans", "en"):
            table.refuse("languages", "unknown", f"{language!r} is neither zh-Hans nor en")
    name = table.text("name")
    span = [table.day("calendar_span", day) for day in table.list_of("calendar_span", object)]
    if len(span) != 2 or span[0] > span[1]:
        table.refuse("calendar_span", "wrong_shape", "must be the first and the last day known")
    catalogue = table.text("catalogue", FROM_ROWS)
    found = DistrictMapping(
        code=table.matching("code", CODE, CODE_WORDS),
        name=name,
        name_en=table.text("name_en", name),
        timezone=timezone,
        languages=languages,
        working_hours=_hours(table),
        calendar=_file(table, "calendar", folder, table.optional("calendar")),
        calendar_span=(span[0], span[1]),
        catalogue=_file(table, "catalogue", folder, None if catalogue == FROM_ROWS else catalogue),
        units=_file(table, "units", folder, table.optional("units")),
    )
    table.finish()
    return found


def _hours(table: Table) -> tuple[tuple[str, str], ...]:
    """Return the opening hours of a workday, in order and not overlapping."""
    key = "working_hours"
    pairs: list[tuple[str, str]] = []
    for pair in table.list_of(key, list):
        if len(pair) != 2:
            table.refuse(key, "wrong_shape", f"{pair!r} is no pair of opening and closing time")
        opens, closes = (table.clock(key, value) for value in pair)
        if opens >= closes or (pairs and opens < pairs[-1][1]):
            table.refuse(key, "wrong_order", f"{opens} to {closes} is not after what stands before")
        pairs.append((opens, closes))
    return tuple(pairs)


def _file(table: Table, key: str, folder: Path, name: str | None) -> Path | None:
    if name is None:
        return None
    path = folder / name
    if not path.is_file():
        table.refuse(key, "no_such_file", f"there is no file {name} beside the mapping")
    return path


def _requests(whole: Table) -> RequestsMapping | None:
    columns = _columns(whole.table("columns"))
    formats, status = whole.table("formats"), whole.table("status")
    reasons, channels = _reasons(whole.table("reasons")), _channels(whole.table("channels"))
    categories = _categories(whole.table("categories"))
    if columns is None:
        return None
    if formats is None:
        whole.refuse("formats", "missing", "say how the file writes dates: [formats] dates = [...]")
    if status is None:
        whole.refuse("status", "missing", "say what the words of the status column mean")
    found = RequestsMapping(
        columns=columns,
        formats=_formats(formats),
        status={
            word: status.checked(word, value, Outcome, f"one of {', '.join(Outcome)}")
            for word, value in status.words().items()
        },
        reasons=reasons,
        channels=channels,
        categories=categories,
    )
    if not found.status:
        status.refuse("", "missing", "say what the words of the status column mean")
    if "lon" in columns and found.formats.datum is None:
        formats.refuse("datum", "missing", f"say what lon and lat are: one of {', '.join(Datum)}")
    return found


def _reasons(table: Table | None) -> dict[str, str]:
    words = table.words() if table is not None else {}
    for word, reason in words.items():
        if table is not None and reason not in REJECT_REASONS:
            table.refuse(word, "unknown", f"{reason!r} is none of {', '.join(REJECT_REASONS)}")
    return words


def _channels(table: Table | None) -> dict[str, str]:
    words = table.words() if table is not None else {}
    for word, channel in words.items():
        if table is not None and re.fullmatch("[a-z0-9_-]{1,20}", channel) is None:
            table.refuse(word, "wrong_shape", f"{channel!r} is not a short code such as phone")
    return words


def _columns(table: Table | None) -> dict[str, str] | None:
    if table is None:
        return None
    for key in NEEDED_COLUMNS:
        table.text(key)
    columns = {key: name for key in COLUMNS if (name := table.optional(key)) is not None}
    if ("lon" in columns) != ("lat" in columns):
        table.refuse("lat" if "lon" in columns else "lon", "missing", "lon and lat go together")
    table.finish()
    return columns


def _formats(table: Table) -> Formats:
    dates = table.list_of("dates", str)
    for pattern in dates:
        table.checked("dates", pattern, _date_format, "a date format such as %Y-%m-%d %H:%M:%S")
    zone = table.optional("timezone")
    encoding, delimiter = table.text("encoding", "utf-8"), table.content.get("delimiter", ",")
    table.optional("delimiter")
    if len(str(delimiter)) != 1:
        table.refuse("delimiter", "wrong_shape", f"{delimiter!r} is not one sign")
    found = Formats(
        dates=tuple(dates),
        zone=None if zone is None else _zone(table, "timezone", zone),
        datum=datum_in(table),
        encoding=table.checked("encoding", encoding, _encoding, "an encoding Python knows"),
        delimiter=str(delimiter),
    )
    table.finish()
    return found


def _date_format(pattern: str) -> str:
    """Return a format that can read what it writes; a wrong one would refuse every row."""
    sample = datetime(2015, 11, 22, 14, 41, 5, tzinfo=UTC)
    if pattern == ISO:
        return pattern
    # Without a zone of its own it is naive: only its shape matters here.
    again = datetime.strptime(sample.strftime(pattern), pattern)  # noqa: DTZ007
    if again.year != sample.year:
        raise ValueError(pattern)
    return pattern


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError as error:
        raise ValueError(name) from error
    return "utf-8-sig" if found == "utf-8" else found


def _zone(table: Table, key: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        table.refuse(key, "unknown", f"there is no time zone {name!r}; try America/New_York")


def _categories(table: Table | None) -> CategoriesMapping:
    table = table or Table("", "categories", {})
    words = table.table("words")

    def limit(key: str, usual: str) -> Limit:
        return table.checked(key, table.text(key, usual), parse_limit, "a limit such as 2WD or 24H")

    found = CategoriesMapping(
        words=words.words() if words is not None else {},
        other=table.optional("other"),
        accept_limit=limit("accept_limit", "1WD"),
        handle_limit=limit("handle_limit", "30D"),
    )
    table.finish()
    return found
