"""What a file of areas holds, before anybody said what it means."""

from itertools import islice
from pathlib import Path

from gridgov.domain.area_imports import Column, Looked
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_fields import fields_of, usual
from gridgov.importers.area_layers import Layer, read_layer
from gridgov.importers.area_mapping import AreasMapping, read_fields
from gridgov.importers.area_projection import frame_of

# What an upload may unpack to: a zip of 40 MB may hold much more than a machine does.
MOST_BYTES = 2**28
_SAMPLES = 3
_ROWS_LOOKED_AT = 1_000
_SAMPLE_LENGTH = 40


def look(
    file: Path,
    mapping: Path | None,
    *,
    layer: str | None,
    encoding: str | None,
) -> Looked:
    """Return what a file holds; as `AreaFiles.look`."""
    fields = fields_of({}) if mapping is None else told_in(mapping)
    layer, encoding = layer or fields.layer, encoding or fields.encoding
    found = read_layer(file, layer=layer, encoding=encoding, most_bytes=MOST_BYTES)
    return Looked(
        features=len(found),
        columns=tuple(Column(name, _samples(found, name)) for name in found.columns),
        says=_says(found),
        guess=_guess(fields, found),
        kind=fields.kind,
        datum=fields.datum,
        crs=fields.crs,
        layer=layer,
        encoding=encoding,
    )


def told_in(mapping: Path) -> AreasMapping:
    """Return what a mapping file says; whatever is wrong with it is the file's fault."""
    try:
        return read_fields(mapping)
    except InvalidInput as error:
        values = {"key": error.field, "why": error.reason}
        raise InvalidInput("mapping", "unusable", str(error), **values) from error


def _samples(layer: Layer, column: str) -> tuple[str, ...]:
    """Return the first different texts of a column, of the first rows."""
    cells = islice(layer.texts(column), _ROWS_LOOKED_AT)
    different = dict.fromkeys(text for text in cells if text)
    return tuple(text[:_SAMPLE_LENGTH] for text in islice(different, _SAMPLES))


def _says(layer: Layer) -> str | None:
    """Return how the file itself calls its coordinates; None if not at all, or unreadably."""
    if layer.crs is None:
        return None
    try:
        return frame_of(layer.crs, file=layer.file).name
    except InvalidInput:
        return None  # refused with its reason when it is imported as it is


def _guess(fields: AreasMapping, layer: Layer) -> dict[str, str]:
    told = {
        "code": fields.code,
        "name": fields.name,
        "name_en": fields.name_en,
        "kind": fields.kind_property,
        "parent": fields.parent,
        "categories": fields.categories,
    }
    guess: dict[str, str] = {}
    for field, column in told.items():
        # A mapping with one kind for all wants no column for it.
        found = column or (usual(layer, field) if field != "kind" or column == "" else None)
        if found is not None and found in layer.columns:
            guess[field] = found
    return guess
