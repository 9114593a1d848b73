"""What a mapping file says of areas: its table [areas], read apart from all the rest.

Kept without the database's modules: what reads a file in a process of its own starts quickly.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.errors import InvalidInput
from gridgov.importers.mapping_table import Table


@dataclass(frozen=True, slots=True)
class AreasMapping:
    """Which properties of a feature are its code, name, kind and parent.

    `kind` is fixed, or read from the property `kind_property` through `kinds`. `box`
    (west, south, east, north) is where the features must lie to be recognised. `datum`,
    `crs` (an EPSG code), `layer` and `encoding` are for files that do not say it
    themselves; with `join_parts` features of one code are one area.
    """

    code: str
    name: str | None = None
    name_en: str | None = None
    kind: AreaKind = AreaKind.GRID
    kind_property: str | None = None
    kinds: Mapping[str, AreaKind] = field(default_factory=dict)
    parent: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    box: tuple[float, float, float, float] | None = None
    categories: str | None = None
    datum: Datum | None = None
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    join_parts: bool = False


def read_fields(path: Path) -> AreasMapping:
    """Return what a mapping file says of areas alone.

    Raises: as `read_toml`; InvalidInput whose field is the path of the key.
    """
    whole = Table(path.name, "", read_toml(path))
    found = areas_in(whole.table("areas"))
    return found or whole.refuse("areas", "missing", "must be there: [areas]")


def read_toml(path: Path) -> dict[str, object]:
    """Return the content of a TOML file. Raises: InvalidInput (mapping, unreadable)."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        sentence = f"{path.name} cannot be read as TOML: {error}"
        raise InvalidInput("mapping", "unreadable", sentence, file=path.name) from error


def areas_in(table: Table | None) -> AreasMapping | None:
    """Return what the table [areas] says, None where there is none. Raises: InvalidInput."""
    if table is None:
        return None
    kinds_table, names = table.table("kinds"), table.table("names")
    kinds = kinds_table.words() if kinds_table is not None else {}
    found = AreasMapping(
        code=table.text("code"),
        name=table.optional("name"),
        name_en=table.optional("name_en"),
        kind=_kind(table, "kind", table.text("kind", str(AreaKind.GRID))),
        kind_property=table.optional("kind_property"),
        kinds={word: _kind(table, "kinds", kind) for word, kind in kinds.items()},
        parent=table.optional("parent"),
        names=names.words() if names is not None else {},
        box=_box(table),
        categories=table.optional("categories"),
        datum=datum_in(table),
        crs=table.optional("crs"),
        layer=table.optional("layer"),
        encoding=table.optional("encoding"),
        join_parts=table.flag("join_parts"),
    )
    if found.kind_property is not None and not found.kinds:
        table.refuse("kinds", "missing", "say what the words of kind_property mean")
    table.finish()
    return found


def _kind(table: Table, key: str, word: str) -> AreaKind:
    kind = table.checked(key, word, AreaKind, f"one of {', '.join(AreaKind)}")
    if kind is AreaKind.DISTRICT:
        table.refuse(key, "unknown", "the district itself is made from its parts")
    return kind


def _box(table: Table) -> tuple[float, float, float, float] | None:
    if not table.has("box"):
        return None
    corners = [float(corner) for corner in table.list_of("box", (int | float))]  # type: ignore[arg-type]
    if len(corners) != 4 or corners[0] >= corners[2] or corners[1] >= corners[3]:
        table.refuse("box", "wrong_shape", "must be west, south, east, north in degrees")
    return corners[0], corners[1], corners[2], corners[3]


def datum_in(table: Table) -> Datum | None:
    """Return the datum a table names, None for none. Raises: InvalidInput."""
    name = table.optional("datum")
    if name is None:
        return None
    return table.checked("datum", name, parse_datum, f"one of {', '.join(Datum)}")
