"""Synthetic nets of any size for the benchmarks: seamless, with all levels of the tree.

    python -m benchmarks.nets 150000

A bent lattice: every side of a cell is drawn once, with bends, and used by both neighbours,
so that neighbours share every vertex. Villages are blocks of 3 × 3 cells, towns blocks of
villages, and each is the exact union of what it holds. A net is drawn once and kept in the
temporary folder of the machine; the same size gives the same net.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgov.domain.areas import AreaKind, AreaShape

SEED = 20201020
DISTRICT = "990000"
# The south-west corner, near Gaoming, and the width of a cell: about 300 m.
CORNER = (112.43, 22.63)
CELL_DEGREES = 0.003
# Bends on each side of a cell; 8 give 36 vertices a cell, as the sample's grids have.
BENDS = 8
# In parts of a cell; so little that no two sides meet, even at the sharpest corner.
CORNER_SWING = 0.15
SIDE_SWING = 0.04
# Seven decimals of a degree: a centimetre, as files have it.
DECIMALS = 7
VILLAGE_SIDE = 3
# Changes whenever the drawing does, so that no old file is taken for a new net.
EDITION = 1

Floats = NDArray[np.float64]


def net(cells: int, bends: int = BENDS) -> list[AreaShape]:
    """Return a net of so many unit grids with villages, towns and the district above them.

    District first, then towns, villages and grids, each kind sorted by code.
    """
    folder = Path(tempfile.gettempdir()) / "gridgov-nets"
    kept = folder / f"net-{EDITION}-{cells}-{bends}.npz"
    if not kept.exists():
        folder.mkdir(exist_ok=True)
        half = folder / f"{kept.stem}.{os.getpid()}.npz"
        _write(half, _draw(cells, bends))
        half.replace(kept)
    return _read(kept)


def _draw(cells: int, bends: int) -> list[AreaShape]:
    polygons, rows, columns = _polygons(cells, bends)
    side = _town_side(cells)
    town = _numbers(rows // side, columns // side)
    # Within its town; towns are blocks of whole villages.
    village = _numbers(rows % side // VILLAGE_SIDE, columns % side // VILLAGE_SIDE)
    serial = rows % VILLAGE_SIDE * VILLAGE_SIDE + columns % VILLAGE_SIDE + 1
    villages = [f"{DISTRICT}{t:03d}{v:03d}" for t, v in zip(town, village, strict=True)]
    codes = [f"{code}{s:03d}" for code, s in zip(villages, serial, strict=True)]
    grids = [
        _area(codes[i], villages[i], AreaKind.GRID, polygons[i])
        for i in sorted(range(cells), key=codes.__getitem__)
    ]
    village_areas = _unions(grids, AreaKind.VILLAGE)
    town_areas = _unions(village_areas, AreaKind.TOWN)
    return [*_unions(town_areas, AreaKind.DISTRICT), *town_areas, *village_areas, *grids]


def _town_side(cells: int) -> int:
    """Return how many cells wide a town is: at most 999 towns, of at most 999 villages."""
    return 12 if cells <= 20_000 else 24 if cells <= 200_000 else 36


def _numbers(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of blocks, from 1, row by row."""
    numbers: NDArray[np.int64] = rows * (int(columns.max()) + 1) + columns + 1
    return numbers


def _polygons(cells: int, bends: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Draw the cells; return polygons, rows and columns."""
    across = int(np.ceil(np.sqrt(cells)))
    down = -(-cells // across)
    rng = np.random.default_rng(SEED)
    lattice = np.stack(np.meshgrid(np.arange(across + 1.0), np.arange(down + 1.0)), axis=-1)
    corners = lattice + rng.uniform(-CORNER_SWING, CORNER_SWING, lattice.shape)
    level = _sides(corners[:, :-1], corners[:, 1:], bends, rng)
    upright = _sides(corners[:-1], corners[1:], bends, rng)
    rings = np.concatenate(
        (
            level[:-1, :, :-1],
            upright[:, 1:, :-1],
            level[1:, :, :0:-1],
            upright[:, :-1, ::-1],
        ),
        axis=2,
    )
    rings = np.round(rings * CELL_DEGREES + CORNER, DECIMALS)
    rows, columns = np.divmod(np.arange(cells), across)
    polygons = shapely.polygons(rings[rows, columns])
    return polygons, rows, columns


def _sides(start: Floats, end: Floats, bends: int, rng: np.random.Generator) -> Floats:
    """Draw bent lines from starts to ends: (…, 2) becomes (…, bends + 2, 2)."""
    along = np.linspace(0.0, 1.0, bends + 2)
    straight = start[..., None, :] + (end - start)[..., None, :] * along[:, None]
    aside = rng.uniform(-SIDE_SWING, SIDE_SWING, straight.shape) * np.sin(np.pi * along)[:, None]
    bent: Floats = straight + aside
    return bent


def _unions(areas: Sequence[AreaShape], kind: AreaKind) -> list[AreaShape]:
    """Return the parents of areas that are sorted by code, each the union of its children."""
    members: dict[str, list[AreaShape]] = {}
    for area in areas:
        assert area.parent_code is not None
        members.setdefault(area.parent_code, []).append(area)
    cut = {AreaKind.VILLAGE: 9, AreaKind.TOWN: 6, AreaKind.DISTRICT: 0}[kind]
    return [
        _area(
            code,
            code[:cut] or None,
            kind,
            shapely.coverage_union_all([child.geometry for child in children]),
        )
        for code, children in members.items()
    ]


def _area(code: str, parent: str | None, kind: AreaKind, geometry: Any) -> AreaShape:
    if geometry.geom_type == "MultiPolygon" and len(geometry.geoms) == 1:
        geometry = geometry.geoms[0]
    return AreaShape(code, parent, kind, f"{kind} {code}", f"{kind} {code}", geometry)


def _write(path: Path, areas: Sequence[AreaShape]) -> None:
    blobs = shapely.to_wkb([area.geometry for area in areas])
    ends = np.cumsum([len(blob) for blob in blobs])
    np.savez(
        path,
        codes=np.array([area.code for area in areas]),
        parents=np.array([area.parent_code or "" for area in areas]),
        kinds=np.array([area.kind.value for area in areas]),
        ends=ends,
        shapes=np.frombuffer(b"".join(blobs), dtype=np.uint8),
    )


def _read(path: Path) -> list[AreaShape]:
    with np.load(path) as kept:
        whole = kept["shapes"].tobytes()
        ends = kept["ends"].tolist()
        rows = zip(
            kept["codes"].tolist(), kept["parents"].tolist(), kept["kinds"].tolist(), strict=True
        )
        starts = [0, *ends[:-1]]
        blobs = [whole[start:end] for start, end in zip(starts, ends, strict=True)]
        geometries = shapely.from_wkb(blobs)
        return [
            _area(code, parent or None, AreaKind(kind), geometry)
            for (code, parent, kind), geometry in zip(rows, geometries, strict=True)
        ]


def main() -> None:
    """Draw a net ahead of its use and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("cells", type=int)
    asked = parser.parse_args()
    start = time.perf_counter()
    areas = net(asked.cells)
    spent = time.perf_counter() - start
    grids = [area.geometry for area in areas if area.kind is AreaKind.GRID]
    median = int(np.median(shapely.get_num_coordinates(grids)))
    print(f"{len(areas):,} areas, {len(grids):,} grids of {median} corners, {spent:.1f} s")


if __name__ == "__main__":
    main()
