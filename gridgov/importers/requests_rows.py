"""One row of a request file becomes a request, or is refused with its reason."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from gridgov.domain.messages import IMPORTED
from gridgov.importers.mapping import RequestsMapping
from gridgov.importers.mapping_table import plain
from gridgov.importers.moments import Reader
from gridgov.importers.requests_categories import Classes
from gridgov.importers.requests_file import RequestRow
from gridgov.importers.requests_places import Places
from gridgov.importers.requests_report import Report
from gridgov.importers.requests_scan import class_of
from gridgov.services.imports import Outcome, PastRequest
from gridgov.services.reference import Reference


class RowReader:
    """Reads rows one after another; remembers the ids it has seen."""

    def __init__(
        self,
        mapping: RequestsMapping,
        reference: Reference,
        classes: Classes,
        places: Places,
        report: Report,
        *,
        now: datetime,
    ) -> None:
        """Keep what every row needs."""
        self._mapping = mapping
        self._classes = classes
        self._places = places
        self._report = report
        self._now = now
        zone: ZoneInfo = mapping.formats.zone or reference.zone
        self._moments = Reader(mapping.formats.dates, zone)
        self._ended_column = "closed" if "closed" in mapping.columns else "updated"
        self._units: Mapping[str, str] = {
            plain(word): unit.code
            for unit in reference.units.values()
            for word in (unit.code, unit.name, unit.name_en)
        }
        self._seen: set[str] = set()

    def read(self, row: RequestRow) -> PastRequest | None:
        """Return the request of a row, None where it cannot be taken in."""
        opened = self._moments.read(row.get("opened"))
        outcome = self._mapping.status.get(plain(row.get("status")))
        if opened is None or outcome is None or self._is_no_request(row):
            self._report.refuse(row, *self._refusal(row, opened is None))
            return None
        self._seen.add(row.get("id"))
        if row.width == "short":
            self._report.suspect(row, "too_few_cells")
        if opened.odd is not None:
            self._report.suspect(row, f"opening_time_{opened.odd}", row.get("opened"))
        return self._request(row, row.get("id"), opened.at, outcome)

    def _is_no_request(self, row: RequestRow) -> bool:
        return row.width == "long" or not row.get("id") or row.get("id") in self._seen

    def _refusal(self, row: RequestRow, timeless: bool) -> tuple[str, str]:
        """Return why a row is refused, with the value that says so."""
        if row.width == "long":
            return "too_many_cells", ""
        if not row.get("id"):
            return "no_id", ""
        if row.get("id") in self._seen:
            return "repeated_id", row.get("id")
        if timeless:
            given = row.get("opened")
            return ("unreadable_opening_time" if given else "no_opening_time"), given
        return "unknown_status", row.get("status")

    def _request(
        self, row: RequestRow, number: str, opened: datetime, outcome: Outcome
    ) -> PastRequest:
        category = self._category(row)
        placed = self._places.of(row, category)
        formats = self._mapping.formats
        return PastRequest(
            external_id=number,
            opened_at=opened,
            outcome=outcome,
            category_code=category,
            placement=placed.placement,
            ended_at=self._ended(row, opened, outcome),
            updated_at=self._moment(row, "updated"),
            target_at=self._target(row, opened),
            text=row.get("description") or None,
            resolution=row.get("resolution") or None,
            reason=self._reason(row, outcome),
            address=row.get("address") or None,
            sent=placed.sent,
            datum=formats.datum,
            position=placed.position,
            channel=self._mapping.channels.get(plain(row.get("channel")), IMPORTED),
            unit_code=self._units.get(plain(row.get("unit"))),
            notes=placed.notes,
        )

    def _category(self, row: RequestRow) -> str:
        told = class_of(row)
        if not row.get("category"):
            self._report.suspect(row, "blank_category")
        elif told in self._classes.unknown:
            self._report.suspect(row, "unknown_category", row.get("category"))
        return self._classes.codes[told]

    def _moment(self, row: RequestRow, meaning: str) -> datetime | None:
        """Return a moment that a row may lack."""
        text = row.get(meaning)
        if not text:
            return None
        found = self._moments.read(text)
        if found is None:
            self._report.suspect(row, f"unreadable_{meaning}_time", text)
            return None
        if found.odd is not None:
            self._report.suspect(row, f"{meaning}_time_{found.odd}", text)
        return found.at

    def _ended(self, row: RequestRow, opened: datetime, outcome: Outcome) -> datetime | None:
        """Return when a request ended; what contradicts its status or its opening is noted."""
        column = self._ended_column
        if outcome is Outcome.OPEN:
            if column == "closed" and row.get("closed"):
                self._report.suspect(row, "open_with_closing_time", row.get("closed"))
            return None
        ended = self._moment(row, column)
        if not row.get(column):
            self._report.suspect(row, "closed_without_closing_time")
        elif ended is not None and ended < opened:
            self._report.suspect(row, "closed_before_opened", row.get(column))
        elif ended is not None and ended > self._now:
            self._report.suspect(row, "closed_in_the_future", row.get(column))
        return ended

    def _target(self, row: RequestRow, opened: datetime) -> datetime | None:
        target = self._moment(row, "target")
        if target is not None and target < opened:
            self._report.suspect(row, "due_before_opened", row.get("target"))
        return target

    def _reason(self, row: RequestRow, outcome: Outcome) -> str | None:
        """Return the reason the words about the end contain, of those the mapping knows."""
        words = plain(row.get("resolution"))
        if not words or outcome is Outcome.OPEN:
            return None
        found = next((code for part, code in self._mapping.reasons.items() if part in words), None)
        if found is not None and outcome is Outcome.CLOSED:
            self._report.suspect(row, f"closed_as_{found}", row.get("resolution"))
        return found
