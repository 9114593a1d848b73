"""Mapping files: what is wrong is said with the place in the file."""

from pathlib import Path

import pytest

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum
from gridgov.domain.errors import InvalidInput
from gridgov.importers.mapping import read_mapping, shipped
from gridgov.services.imports import Outcome

WHOLE = """
source = "springfield"

[district]
code = "springfield"
name = "Springfield"
timezone = "America/Chicago"
working_hours = [["08:00", "12:00"], ["13:00", "17:00"]]
calendar_span = [2015-01-01, "2015-12-31"]

[areas]
code = "BEAT"
kind_property = "LEVEL"

[areas.kinds]
Beat = "grid"
Precinct = "town"

[columns]
id = "number"
opened = "from"
status = "state"
category = "what"
lon = "x"
lat = "y"

[formats]
dates = ["%d.%m.%Y %H:%M"]
encoding = "latin-1"
delimiter = ";"
datum = "EPSG:4326"

[status]
"Erledigt" = "closed"
Offen = "open"
Abgelehnt = "rejected"
"An andere" = "transferred"

[reasons]
doppelt = "duplicate"

[categories]
handle_limit = "5WD"
[categories.words]
"Pot hole" = "0101"
"""


def written(tmp_path: Path, text: str = WHOLE, *changes: tuple[str, str]) -> Path:
    """A mapping file with some of its text exchanged."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_mapping_is_read(tmp_path: Path) -> None:
    found = read_mapping(written(tmp_path))
    assert found.district is not None
    assert found.areas is not None
    assert found.requests is not None
    assert found.district.working_hours == (("08:00", "12:00"), ("13:00", "17:00"))
    assert found.district.catalogue is None, "made from the rows"
    assert found.district.languages == ("en",)
    assert found.areas.kinds == {"beat": AreaKind.GRID, "precinct": AreaKind.TOWN}
    assert found.requests.status["erledigt"] is Outcome.CLOSED
    assert found.requests.status["an andere"] is Outcome.TRANSFERRED
    formats = found.requests.formats
    assert (formats.datum, formats.delimiter) == (Datum.WGS84, ";")
    assert str(found.requests.categories.handle_limit) == "5WD"


@pytest.mark.parametrize("path", shipped(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_mapping_can_be_used(path: Path) -> None:
    assert read_mapping(path).requests is not None


def test_the_mapping_for_open311_is_shipped() -> None:
    assert "open311_bulk.toml" in {path.name for path in shipped()}


# What is changed in the file → the path of the key, and a part of the sentence
WRONG: dict[str, tuple[tuple[str, str], str, str]] = {
    "no toml": (("[areas]", "[areas"), "mapping", "cannot be read as TOML"),
    "no source": (('source = "springfield"', ""), "source", "is missing"),
    "a strange source": (('source = "springfield"', 'source = "Spring field"'), "source", "lower"),
    "an unknown zone": (("America/Chicago", "America/Springfield"), "district.timezone", "no time"),
    "an unknown table": (("[reasons]", "[raisons]"), "raisons", "is not known here"),
    "a misspelt key": (('name = "Spring', 'nam = "Spring'), "district.name", "is missing"),
    "an unknown key": (('lon = "x"', 'lon = "x"\ncolour = "c"'), "columns.colour", "not known"),
    "no column": (('opened = "from"', ""), "columns.opened", "is missing"),
    "half a position": (('lat = "y"', ""), "columns.lat", "go together"),
    "a number for a name": (('id = "number"', "id = 1"), "columns.id", "in quotes"),
    "no datum": (('datum = "EPSG:4326"', ""), "formats.datum", "say what lon and lat are"),
    "an unknown datum": (("EPSG:4326", "mars"), "formats.datum", "'mars' is not"),
    "a strange format": (("%d.%m.%Y %H:%M", "%Q"), "formats.dates", "date format"),
    "a format without a year": (("%d.%m.%Y %H:%M", "%d.%m."), "formats.dates", "date format"),
    "no formats": (('dates = ["%d.%m.%Y %H:%M"]', "dates = []"), "formats.dates", "at least one"),
    "an unknown encoding": (("latin-1", "klingon"), "formats.encoding", "'klingon'"),
    "a long delimiter": (('delimiter = ";"', 'delimiter = ";;"'), "formats.delimiter", "one sign"),
    "an unknown outcome": (('"open"', '"half"'), "status.offen", "'half' is not one of open"),
    "an unknown reason": (('"duplicate"', '"twin"'), "reasons.doppelt", "'twin' is none of"),
    "a long channel": (
        ('doppelt = "duplicate"', 'doppelt = "duplicate"\n[channels]\nx = "By phone"'),
        "channels.x",
        "short code",
    ),
    "a wrong limit": (("5WD", "5 weeks"), "categories.handle_limit", "a limit such as"),
    "hours in disorder": (('"13:00"', '"11:00"'), "district.working_hours", "11:00 to 17:00"),
    "no such hour": (('"13:00"', '"25:00"'), "district.working_hours", "'25:00' is not a time"),
    "days in disorder": (("2015-12-31", "2014-12-31"), "district.calendar_span", "first and the"),
    "a missing file": (
        ("working_hours", 'calendar = "days.csv"\nworking_hours'),
        "district.calendar",
        "no file days.csv beside",
    ),
    "an unknown kind": (('"town"', '"county"'), "areas.kinds", "'county' is not one of"),
    "a district inside": (('"town"', '"district"'), "areas.kinds", "made from its parts"),
    "kinds without words": (
        ('[areas.kinds]\nBeat = "grid"\nPrecinct = "town"', ""),
        "areas.kinds",
        "words of kind_property",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, name: str) -> None:
    change, field, sentence = WRONG[name]
    with pytest.raises(InvalidInput) as caught:
        read_mapping(written(tmp_path, WHOLE, change))
    assert caught.value.field == field
    assert sentence in str(caught.value)
    assert "mapping.toml" in str(caught.value)


def test_areas_without_a_district_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, 'source = "nobody"\n[areas]\ncode = "BEAT"\n')
    with pytest.raises(InvalidInput, match="need a district") as caught:
        read_mapping(path)
    assert caught.value.field == "district"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.toml cannot be read"):
        read_mapping(tmp_path / "nowhere.toml")
