"""A first catalogue drafted from requests: Boston's own was made this way."""

import csv
from io import StringIO
from pathlib import Path

from gridgov.importers import requests_draft
from gridgov.importers.catalogue import read_catalogue
from tests.support.boston import MAPPING, WHOLE, request_files

SHIPPED = MAPPING.with_name("catalogue.csv")


def test_the_draft_can_be_read_and_names_every_class(tmp_path: Path) -> None:
    out = StringIO()
    requests_draft.write(requests_draft.draft(request_files(), MAPPING), out)
    path = tmp_path / "catalogue.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    found = read_catalogue(path)
    lamps = next(one for one in found if one.name == "Street Light Outages")
    assert (lamps.unit_code, lamps.direct_unit) == ("PWDx", True)
    assert lamps.tile is not None, "among the most frequent"
    known = {one.name for one in read_catalogue(SHIPPED)}
    assert {one.name for one in found} <= known


if WHOLE.is_dir():  # the shipped one was drafted from the whole year, which not everybody has

    def test_the_shipped_catalogue_is_the_draft_of_the_whole_year() -> None:
        out = StringIO()
        requests_draft.write(requests_draft.draft(request_files(WHOLE), MAPPING), out)
        assert out.getvalue() == SHIPPED.read_text(encoding="utf-8")
        rows = list(csv.DictReader(StringIO(out.getvalue())))
        assert sum(bool(row["parent_code"]) for row in rows) == 159
