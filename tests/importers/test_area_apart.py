"""Reading in a process of its own: the same answers, the same refusals, and what breaks there."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from gridgov.domain.area_imports import Imported, Remark, Told, UnusableFeatures
from gridgov.domain.datum import Datum
from gridgov.domain.errors import InvalidInput, Unavailable
from gridgov.domain.roles import Actor
from gridgov.importers import area_apart
from gridgov.importers.area_apart import apart
from gridgov.importers.area_desk import DeskFiles
from gridgov.importers.area_export import write_areas
from gridgov.importers.area_projection import target_frame
from gridgov.importers.area_read import read_outline
from tests.importers.test_areas import DISTRICT, NOW, changed_net, versions
from tests.support.nets import sample_areas

HERE, APART = DeskFiles(apart=False), DeskFiles(apart=True)


def load(files: DeskFiles, file: Path, **told: object) -> Imported:
    what = Told(district_code=DISTRICT, **told)  # type: ignore[arg-type]
    return files.load(file, None, what, by=Actor.system(DISTRICT), now=NOW)


def test_a_file_reads_apart_as_it_does_here(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "网格.kml"
    grids_only = [area for area in changed_net() if area.kind == "grid"]
    write_areas(file, grids_only, target_frame(Datum.GCJ02, None))
    looks = [one.look(file, None, layer=None, encoding=None) for one in (HERE, APART)]
    assert looks[0] == looks[1]
    here, there = (load(one, file, datum=Datum.GCJ02) for one in (HERE, APART))
    assert there == replace(here, draft=3)
    assert [number for number, status, _ in versions() if status == "draft"] == [2, 3]
    assert [(one.reason, dict(one.values)) for one in there.remarks] == [
        (one.reason, dict(one.values)) for one in here.remarks
    ]
    assert all(isinstance(one, Remark) for one in there.remarks) and there.remarks


def test_what_is_refused_apart_is_refused_with_the_same_words(app: Flask, tmp_path: Path) -> None:
    file, broken = tmp_path / "net.gpkg", tmp_path / "broken.gpkg"
    write_areas(file, sample_areas(), target_frame(None, None))
    odd = [replace(area, parent_code="x") for area in sample_areas() if area.kind == "grid"]
    write_areas(broken, odd, target_frame(None, None))
    for one in (HERE, APART):
        with pytest.raises(InvalidInput) as caught:
            load(one, file, datum=Datum.GCJ02)
        assert (caught.value.field, caught.value.reason) == ("datum", "looks_like")
        assert caught.value.values["looks_like"] == "wgs84"
        with pytest.raises(UnusableFeatures) as unusable:
            load(one, broken)
        assert len(unusable.value.problems) == len(odd)
        assert unusable.value.problems[0].values == {"parent": "x"}
        assert str(unusable.value).startswith("broken.gpkg: ")


@pytest.mark.parametrize("work", [os.abort, "no function"])
def test_a_process_that_breaks_is_told_as_such(work: object) -> None:
    with pytest.raises(Unavailable, match="the process that reads broke"):
        apart(work)  # type: ignore[arg-type]


def test_a_file_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(area_apart, "TIMEOUT_S", 0.01)
    with pytest.raises(Unavailable, match="took longer"):
        apart(read_outline, Path("nowhere.geojson"))
