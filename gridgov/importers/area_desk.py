"""Files of areas as the pages of the administration use them: `domain.area_imports.AreaFiles`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from gridgov.domain.area_imports import Column, Imported, Looked, Told
from gridgov.domain.areas import AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.errors import InvalidInput
from gridgov.domain.roles import Actor
from gridgov.importers import areas
from gridgov.importers.area_apart import apart
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_fields import fields_of, usual
from gridgov.importers.area_layers import Layer, read_layer
from gridgov.importers.area_projection import frame_of, target_frame
from gridgov.importers.area_read import read_net
from gridgov.importers.mapping import AreasMapping, read_fields

# What an upload may unpack to: a zip of 40 MB may hold much more than a machine does.
MOST_BYTES = 2**28
_SAMPLES = 3
_ROWS_LOOKED_AT = 1_000
_SAMPLE_LENGTH = 40


class DeskFiles:
    """Reads files here, or in processes of their own; holds nothing."""

    def __init__(self, *, apart: bool) -> None:
        """Say whether files are read apart: where one process serves everybody in turn."""
        self._apart = apart

    def look(
        self, file: Path, mapping: Path | None, *, layer: str | None, encoding: str | None
    ) -> Looked:
        """Return what a file holds."""
        if self._apart:
            return apart(look, file, mapping, layer=layer, encoding=encoding)
        return look(file, mapping, layer=layer, encoding=encoding)

    def load(
        self, file: Path, mapping: Path | None, told: Told, *, by: Actor, now: datetime
    ) -> Imported:
        """Make a draft of the net of a district; the same net again makes none."""
        columns = None if mapping is None else _told_in(mapping)
        told = replace(told, most_bytes=min(told.most_bytes, MOST_BYTES))
        read = partial(apart, read_net) if self._apart else None
        found = areas.load(file, None, now=now, told=told, by=by, columns=columns, read=read)
        net = found.net
        return Imported(
            draft=found.draft,
            areas=found.areas,
            frame=net.frame.name,
            fits=tuple(net.fits),
            remarks=tuple(net.remarks),
        )

    def write(
        self, file: Path, areas: Sequence[AreaShape], *, datum: Datum | None, crs: str | None
    ) -> int:
        """Write areas to a new file and return how many."""
        return write_areas(file, areas, target_frame(datum, crs))


def look(
    file: Path,
    mapping: Path | None,
    *,
    layer: str | None,
    encoding: str | None,
) -> Looked:
    """Return what a file holds; as `AreaFiles.look`."""
    fields = fields_of({}) if mapping is None else _told_in(mapping)
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


def _told_in(mapping: Path) -> AreasMapping:
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
