"""Files of areas as the pages of the administration use them: `domain.area_imports.AreaFiles`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from gridgov.domain.area_imports import Imported, Looked, Told
from gridgov.domain.areas import AreaShape
from gridgov.domain.datum import Datum
from gridgov.domain.roles import Actor
from gridgov.importers import area_look, areas
from gridgov.importers.area_apart import apart
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_projection import target_frame
from gridgov.importers.area_read import read_net


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
            return apart(area_look.look, file, mapping, layer=layer, encoding=encoding)
        return area_look.look(file, mapping, layer=layer, encoding=encoding)

    def load(
        self, file: Path, mapping: Path | None, told: Told, *, by: Actor, now: datetime
    ) -> Imported:
        """Make a draft of the net of a district; the same net again makes none."""
        columns = None if mapping is None else area_look.told_in(mapping)
        told = replace(told, most_bytes=min(told.most_bytes, area_look.MOST_BYTES))
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
