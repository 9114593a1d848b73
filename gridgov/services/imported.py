"""One request from elsewhere as the rows of a case: report, case, sealed lines.

Only what was told enters them; `services/imports` writes them, many at a time.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gridgov.domain.areas import AreaKind
from gridgov.domain.catalogue import Level
from gridgov.domain.datum import Datum, LonLat, PositionSource
from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.fact_view import KINDS, FactView
from gridgov.domain.history import ALGORITHM, GENESIS, SEALED, entry_hash, text_digest
from gridgov.domain.messages import IMPORTED
from gridgov.domain.roles import Role
from gridgov.domain.routing import Placement
from gridgov.domain.workflow import INVALID_STATES, OPEN_STATES, Action, CaseState, Relation, decide
from gridgov.services.fact_views import cell_of, hour_of_week, minutes_between
from gridgov.services.reference import Reference
from gridgov.storage.ids import new_id, new_receipt_code

Row = dict[str, Any]


class Outcome(StrEnum):
    """How a request stands where it comes from."""

    OPEN = "open"
    CLOSED = "closed"
    REJECTED = "rejected"
    TRANSFERRED = "transferred"


ENDED_BY: Mapping[Outcome, Action] = {
    Outcome.CLOSED: Action.RECORD_CLOSED,
    Outcome.REJECTED: Action.RECORD_REJECTED,
    Outcome.TRANSFERRED: Action.RECORD_TRANSFERRED,
}

# What nobody wrote down on the way has not happened.
NOTHING_HAPPENED: Row = {
    "rework_count": 0,
    "return_count": 0,
    "reopen_count": 0,
    "report_count": 1,
    "extension_count": 0,
    "info_count": 0,
    "ruled": False,
    "self_handled": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRequest:
    """A request as it was kept elsewhere; moments are aware.

    `ended_at` is None for an open one, and where nobody wrote down when it ended.
    `target_at` is the limit set there; without one a request cannot be late.
    `resolution` are the words about how it ended, or how it stands; `reason` is one of
    the table's words. `sent` is the coordinate (lon, lat) as it was written, in `datum`;
    `position` is WGS-84, None where it is no place; `notes` are codes about the placement.
    """

    external_id: str
    opened_at: datetime
    outcome: Outcome
    category_code: str
    placement: Placement
    ended_at: datetime | None = None
    updated_at: datetime | None = None
    target_at: datetime | None = None
    text: str | None = None
    resolution: str | None = None
    reason: str | None = None
    address: str | None = None
    sent: tuple[float, float] | None = None
    datum: Datum | None = None
    position: LonLat | None = None
    channel: str = IMPORTED
    unit_code: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """Requests turned into rows; the numbers of the cases are given when they are written."""

    district_code: str
    cases: list[Row] = field(default_factory=list)
    reports: list[Row] = field(default_factory=list)
    lines: list[list[Row]] = field(default_factory=list)
    views: list[list[FactView]] = field(default_factory=list)


def token_of(source: str, external_id: str) -> str:
    """Return the client token by which a request is known again."""
    return f"{IMPORTED}:{source}:{external_id}"


class Made:
    """The rows of one request."""

    def __init__(
        self, request: PastRequest, reference: Reference, source: str, now: datetime
    ) -> None:
        """Seal the request's lines; `now` is the moment of the import."""
        self.request = request
        self.reference = reference
        self.source = source
        self.now = now
        self.category = reference.category(request.category_code)
        self.case_id, self.report_id = new_id(), new_id()
        self.due_at = request.target_at or NO_LIMIT
        self.state = CaseState.SUBMITTED
        placement = request.placement
        kinds = {reference.net.area(code).kind: code for code in placement.path}
        self.places = {
            "town_code": kinds.get(AreaKind.TOWN),
            "village_code": kinds.get(AreaKind.VILLAGE),
            "grid_code": placement.grid_code,
            "professional_code": kinds.get(AreaKind.PROFESSIONAL),
        }
        codes = (reference.district_code, *self.places.values())
        self.path = tuple(code for code in codes if code is not None)

    def add_to(self, batch: Prepared) -> None:
        """Make the rows and add them to a batch."""
        request = self.request
        report = self._report()
        lines = [self._received(report)]
        views = [self._view(CaseState.SUBMITTED)]
        if request.outcome is not Outcome.OPEN:
            lines.append(self._ended(lines[0]["hash"]))
            views.append(self._view(self.state))
        batch.cases.append(self._case(lines))
        batch.reports.append(report)
        batch.lines.append(lines)
        batch.views.append(views)

    def _line(self, seq: int, action: Action, previous: str, **more: Any) -> Row:
        line: Row = {
            "case_id": self.case_id,
            "seq": seq,
            "district_code": self.reference.district_code,
            "action": str(action),
            "by_role": str(Role.SYSTEM),
            "by_person_id": None,
            "reason": None,
            "text": None,
            "text_salt": None,
            "text_digest": None,
            "algorithm": ALGORITHM,
            "previous_hash": previous,
            **more,
        }
        line["hash"] = entry_hash(previous, {name: line[name] for name in SEALED})
        return line

    def _received(self, report: Row) -> Row:
        request = self.request
        data = {
            "category": request.category_code,
            "severity": self.category.severity,
            "routing": self._routing(),
            "report": str(self.report_id),
            "report_digest": _digest(report["text"], report["text_salt"]),
            "photos": [],
            "origin": IMPORTED,
            "source": self.source,
            "external_id": request.external_id,
            "imported_at": self.now.isoformat(),
            "target_at": None if request.target_at is None else request.target_at.isoformat(),
            # The timetable would tell of each now; it is on record that it was so before.
            "overdue_at_import": self._is_overdue(),
        }
        return self._line(
            1,
            Action.SUBMIT,
            GENESIS,
            from_state=None,
            to_state=str(CaseState.SUBMITTED),
            at=request.opened_at,
            data=data,
            **_words(request.resolution if request.outcome is Outcome.OPEN else None),
        )

    def _ended(self, previous: str) -> Row:
        request = self.request
        action = ENDED_BY[request.outcome]
        step = decide(
            CaseState.SUBMITTED, action, frozenset({Relation.SYSTEM}), {}, photo_required=False
        )
        assert step.to is not None  # noqa: S101 - the table gives each of these an end
        self.state = step.to
        return self._line(
            2,
            action,
            previous,
            from_state=str(CaseState.SUBMITTED),
            to_state=str(self.state),
            # Without a time it ended before we heard of it: that is all we know.
            at=request.ended_at or request.updated_at or self.now,
            reason=request.reason,
            **_words(request.resolution),
            data={"on_time": self._on_time(), "ended_at_known": request.ended_at is not None},
        )

    def _case(self, lines: Sequence[Row]) -> Row:
        request, placement = self.request, self.request.placement
        opened, ended = request.opened_at, request.ended_at
        closed = ended if self.state is CaseState.CLOSED else None
        last = lines[-1]
        return {
            "id": self.case_id,
            "district_code": self.reference.district_code,
            "category_code": request.category_code,
            "catalogue_version": self.reference.catalogue_version,
            "severity": self.category.severity,
            "confidential": self.category.confidential,
            "grid_version": placement.version,
            **self.places,
            "place": request.address or self.reference.net.area(placement.area_code).name,
            "lon": None if request.position is None else request.position.lon,
            "lat": None if request.position is None else request.position.lat,
            "routing": self._routing(),
            "level": str(Level.GRID),
            "state": str(self.state),
            "assignee_id": None,
            # Who ended it is told; who is to do an open one nobody has said yet.
            "unit_code": None if request.outcome is Outcome.OPEN else request.unit_code,
            "checker_id": None,
            "checker_unit_code": None,
            "received_at": opened,
            "received_on": self.reference.local_day(opened),
            "stage_due_at": self.due_at,
            "due_at": self.due_at,
            "due_provisional": False,
            "handle_since": opened,
            "limit_at": self.due_at,
            "stage_since": last["at"],
            # Never before its last line: lists of a past hour go by it.
            "updated_at": max(request.updated_at or last["at"], last["at"]),
            "overdue_at": self.now if self._is_overdue() else None,
            "resolved_at": None,
            "first_closed_at": closed,
            "closed_at": closed,
            **NOTHING_HAPPENED,
            "channel": request.channel,
            "passed": self._passed(self.state),
            "steps": [],
            "solved": None,
            "satisfaction": None,
            "history_seq": last["seq"],
            "history_hash": last["hash"],
        }

    def _report(self) -> Row:
        request = self.request
        sent, position = request.sent, request.position
        text = request.text or None
        source = PositionSource.EXTERNAL if sent is not None else PositionSource.AREA_NAME
        return {
            "id": self.report_id,
            "district_code": self.reference.district_code,
            "case_id": self.case_id,
            "client_token": token_of(self.source, request.external_id),
            "receipt_code": new_receipt_code(),
            "channel": request.channel,
            "category_code": request.category_code,
            "text": text,
            "text_salt": os.urandom(16) if text else None,
            "place_words": request.address,
            "raw_lon": None if sent is None else sent[0],
            "raw_lat": None if sent is None else sent[1],
            "datum": None if sent is None or request.datum is None else str(request.datum),
            "position_source": str(source),
            "accuracy_m": None,
            "lon": None if position is None else position.lon,
            "lat": None if position is None else position.lat,
            "language": self.reference.languages[0],
            "emergency_words": None,
            "reporter_id": None,
            "joined": False,
            "external_id": request.external_id,
            "api_key_id": None,
            "answers": None,
            "received_at": request.opened_at,
        }

    def _routing(self) -> Row:
        return self.request.placement.as_record() | {"notes": list(self.request.notes)}

    def _is_overdue(self) -> bool:
        return self.request.outcome is Outcome.OPEN and self.due_at < self.now

    def _on_time(self) -> bool:
        ended = self.request.ended_at
        return ended is not None and ended <= self.due_at

    def _view(self, state: CaseState) -> FactView:
        opened, spot = self.request.opened_at, self.request.position
        ended = self.request.ended_at if state is CaseState.CLOSED else None
        places = (self.reference.district_code, *self.places.values())
        kinds = "".join(kind for kind, code in zip(KINDS, places, strict=True) if code is not None)
        return FactView(
            valid=state not in INVALID_STATES,
            closed=state is CaseState.CLOSED,
            on_time=state is CaseState.CLOSED and self._on_time(),
            confidential=self.category.confidential,
            areas=self.path,
            received_on=self.reference.local_day(opened),
            due_on=self.reference.local_day(self.due_at),
            state=str(state),
            category=self.request.category_code,
            unit="" if state is CaseState.SUBMITTED else self.request.unit_code or "",
            channel=self.request.channel,
            level=str(Level.GRID),
            cell="" if spot is None else cell_of(spot.lon, spot.lat),
            kinds=kinds,
            hour=hour_of_week(opened, self.reference),
            closed_after=minutes_between(opened, ended),
            overdue=state in OPEN_STATES and self._is_overdue(),
            passed=self._passed(state),
        )

    def _passed(self, state: CaseState) -> Row:
        return {} if state is CaseState.SUBMITTED else {"recorded": True}


def _words(text: str | None) -> Row:
    """Return the columns of a line that hold words: erasable, sealed by a salted digest."""
    salt = os.urandom(16) if text else None
    return {"text": text or None, "text_salt": salt, "text_digest": _digest(text, salt)}


def _digest(text: str | None, salt: bytes | None) -> str | None:
    return text_digest(text, salt) if text and salt else None
