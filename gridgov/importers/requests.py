"""`gridgov import requests`: the requests of another system, whole files at a time.

The files are read twice in a stream: once for the coordinates and classes, once to take
the rows in. The database is held for at most about a quarter of a second at a time, so
that a server may run beside (architecture, 8.8).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from gridgov.domain.errors import InvalidInput, NotFound
from gridgov.importers.mapping import FileMapping, RequestsMapping, read_mapping
from gridgov.importers.requests_categories import classes_for
from gridgov.importers.requests_file import RequestFile
from gridgov.importers.requests_places import Places
from gridgov.importers.requests_report import Report
from gridgov.importers.requests_rows import RowReader
from gridgov.importers.requests_scan import Scan, scan
from gridgov.services import imports, indicators
from gridgov.services.imports import PastRequest
from gridgov.services.reference import Reference
from gridgov.services.reference import of as reference_of
from gridgov.storage.districts import District
from gridgov.storage.session import read_only, unit_of_work

UNIT_S = 0.25
FIRST_UNIT, LEAST_UNIT, LARGEST_UNIT = 200, 20, 2_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `read` is always `kept` + `refused`; `new` of `kept` were new."""

    district_code: str
    source: str
    read: int
    kept: int
    new: int
    refused: int
    classes_added: int
    findings: Counter[tuple[str, str]]
    report: Path


def load(
    files: Sequence[Path],
    mapping_file: Path,
    *,
    district_code: str | None,
    report_file: Path,
    now: datetime,
    progress: Progress = lambda _done, _of: None,
) -> Imported:
    """Take the rows of request files in; those that came before are passed over.

    `district_code` is needed where the mapping names no district. `report_file` gets every
    refused and suspicious row; `progress` is told the rows done and the rows there are.
    Raises: InvalidInput for a mapping or a file that cannot be used, before anything is
    written; NotFound for a district that is not there.
    """
    mapping = read_mapping(mapping_file)
    if mapping.requests is None:
        sentence = f"{mapping.path.name} has no [columns]: it describes no requests"
        raise InvalidInput("mapping", "no_requests", sentence, file=mapping.path.name)
    opened = [RequestFile.open(path, mapping.requests) for path in files]
    if not opened:
        raise InvalidInput("requests", "missing", "no file of requests was named")
    code = _district(mapping, district_code)
    found = scan(opened)
    with Report(report_file) as report:
        return _load(opened, mapping, mapping.requests, code, found, report, now, progress)


def _district(mapping: FileMapping, told: str | None) -> str:
    code = told or (mapping.district.code if mapping.district is not None else None)
    if code is None:
        sentence = f"{mapping.path.name} names no district: say it with --district"
        raise InvalidInput("district", "missing", sentence)
    with read_only() as session:
        if session.get(District, code) is None:
            raise NotFound(f"there is no district {code}; make it with: gridgov import areas")
    return code


def _load(
    files: Sequence[RequestFile],
    mapping: FileMapping,
    requests: RequestsMapping,
    code: str,
    found: Scan,
    report: Report,
    now: datetime,
    progress: Progress,
) -> Imported:
    with read_only() as session:
        reference = reference_of(session, code)
    classes = classes_for(found.classes, reference, requests.categories)
    if classes.added:
        with unit_of_work() as session:
            imports.extend_catalogue(session, code, classes.added)
        with read_only() as session:
            reference = reference_of(session, code)
    places = Places(reference, requests.columns, requests.formats.datum, found.defaults, report)
    reader = RowReader(requests, reference, classes, places, report, now=now)
    writer = _Writer(reference, mapping.source, now)
    done = 0
    rows = (row for file in files for row in file.rows())
    while batch := list(islice(rows, writer.size)):
        writer.write([kept for row in batch if (kept := reader.read(row)) is not None])
        done += len(batch)
        progress(done, found.rows)
    _fold(code)
    return Imported(
        district_code=code,
        source=mapping.source,
        read=done,
        kept=done - report.refused(),
        new=writer.new,
        refused=report.refused(),
        classes_added=len(classes.added),
        findings=report.counts,
        report=report.path,
    )


class _Writer:
    """Writes requests in units of work whose size follows from how long the last one took."""

    def __init__(self, reference: Reference, source: str, now: datetime) -> None:
        self._reference = reference
        self._source = source
        self._now = now
        self.size = FIRST_UNIT
        self.new = 0

    def write(self, requests: Sequence[PastRequest]) -> None:
        """Write what is not there yet, in one unit of work."""
        with read_only() as session:
            fresh = imports.unknown(session, self._reference.district_code, self._source, requests)
        if not fresh:
            return
        batch = imports.prepare(fresh, self._reference, source=self._source, now=self._now)
        began = time.monotonic()
        with unit_of_work() as session:
            self.new += imports.write(session, batch)
        spent = time.monotonic() - began
        wanted = int(self.size * UNIT_S / max(spent, 0.001))
        # Grow slowly: a first unit may have met an empty page cache, or a busy server.
        self.size = max(LEAST_UNIT, min(wanted, self.size * 2, LARGEST_UNIT))


def _fold(code: str) -> None:
    """Fold what is not folded yet; a server that runs beside folds as well."""
    while True:
        with unit_of_work() as session:
            if not indicators.fold_pending(session, code):
                return


def lines_of(found: Imported) -> Iterator[str]:
    """Yield the summary of an import, line by line."""
    known = found.kept - found.new
    yield (
        f"{found.read} read = {found.kept} kept + {found.refused} refused"
        + (f"; {known} of the kept were there before" if known else "")
    )
    if found.classes_added:
        yield f"{found.classes_added} classes were added to the catalogue"
    for (kind, reason), count in sorted(found.findings.items()):
        yield f"{kind:<12}{reason:<32}{count}"
