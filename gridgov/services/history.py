"""Writing and checking the chain of a case's history."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.history import ALGORITHM, GENESIS, SEALED, entry_hash, text_digest
from gridgov.domain.roles import Actor
from gridgov.domain.workflow import Action, CaseState
from gridgov.storage import history
from gridgov.storage.cases import Case
from gridgov.storage.history import CaseEntry, Head
from gridgov.storage.messages import Message
from gridgov.storage.photos import Photo
from gridgov.storage.reports import Report


def add_entry(
    session: Session,
    case: Case,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    from_state: CaseState | None,
    reason: str | None = None,
    text: str | None = None,
    data: dict[str, Any] | None = None,
) -> CaseEntry:
    """Append one line to a locked case's history and seal it; the case keeps the head."""
    line = next_line(
        case, action, by=by, now=now, from_state=from_state, reason=reason, text=text, data=data
    )
    entry = CaseEntry(**line)
    case.history_seq = entry.seq
    case.history_hash = entry.hash
    session.add(entry)
    return entry


def next_line(
    case: Case,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    from_state: CaseState | None,
    reason: str | None = None,
    text: str | None = None,
    data: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the columns of the next line of a case's history, sealed; nothing is written."""
    salt = secrets.token_bytes(16) if text else None
    line: dict[str, Any] = {
        "case_id": case.id,
        "seq": case.history_seq + 1,
        "district_code": case.district_code,
        "action": str(action),
        "from_state": None if from_state is None else str(from_state),
        "to_state": case.state,
        "by_role": str(by.role),
        "by_person_id": by.person_id,
        "at": now,
        "reason": reason,
        "text": text or None,
        "text_salt": salt,
        "text_digest": text_digest(text, salt) if text and salt else None,
        "data": data or {},
        "algorithm": ALGORITHM,
        "previous_hash": case.history_hash,
    }
    sealed = {name: line[name] for name in SEALED}
    line["hash"] = entry_hash(case.history_hash, sealed)
    return line


def seal_report(report: Report, photos: Sequence[str]) -> dict[str, Any]:
    """Return what the first line of a case seals of its report: digest and photo hashes."""
    digest = None
    if report.text is not None and report.text_salt is not None:
        digest = text_digest(report.text, report.text_salt)
    return {"report": str(report.id), "report_digest": digest, "photos": list(photos)}


@dataclass(frozen=True, slots=True)
class Damage:
    """The first place where the history of a district does not verify."""

    case_number: str
    case_id: UUID
    seq: int
    # changed, missing, reordered, text_changed, not_in_log, photo_missing, report_changed,
    # state_changed (the case says another state than its last line)
    what: str


def verify(session: Session, district_code: str) -> tuple[int, Damage | None]:
    """Check every line of a district; return how many were read and the first damage.

    Three witnesses are compared: the chain itself, the head kept on the case, and
    the log, whose messages carry the hash of the line they tell of. So a line cut
    off the end, or a whole case, is missed as well.
    """
    count = 0
    for page in history.pages(session, district_code):
        evidence = _evidence(session, district_code, [head.id for head, _ in page])
        for head, entries in page:
            count += len(entries)
            damage = _check_case(head, entries, evidence.logged.get(head.id, {}))
            damage = damage or _check_evidence(head, entries, evidence)
            if damage is not None:
                return count, damage
    return count, _lost_case(session, district_code)


@dataclass(frozen=True, slots=True)
class _Told:
    """The words of a report as they are kept now."""

    text: str | None
    text_salt: object


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the log, the reports and the photos say of a page of cases."""

    logged: dict[UUID, dict[int, str]]
    told: dict[UUID, dict[str, _Told]]
    shown: dict[UUID, set[tuple[int | None, str]]]


def _evidence(session: Session, district_code: str, case_ids: Sequence[UUID]) -> _Evidence:
    """Read the evidence of a page in three statements, each by the index of the cases.

    The expression keeps SQLite from walking the whole log of the district instead.
    """
    found = _Evidence({}, {}, {})
    sealed = (
        select(Message.case_id, Message.entry_seq, Message.body["hash"].as_string())
        .where(Message.case_id.in_(case_ids), Message.district_code + "" == district_code)
        .order_by(Message.case_id, Message.entry_seq, Message.position)
    )
    for case_id, seq, line_hash in session.execute(sealed):
        found.logged.setdefault(case_id, {})[seq] = line_hash
    words = select(Report.case_id, Report.id, Report.text, Report.text_salt)
    for case_id, report_id, text, salt in session.execute(
        words.where(Report.case_id.in_(case_ids))
    ):
        found.told.setdefault(case_id, {})[str(report_id)] = _Told(text, salt)
    pictures = select(Photo.case_id, Photo.entry_seq, Photo.sha256)
    for case_id, seq, sha256 in session.execute(pictures.where(Photo.case_id.in_(case_ids))):
        found.shown.setdefault(case_id, set()).add((seq, sha256))
    return found


def _lost_case(session: Session, district_code: str) -> Damage | None:
    """Return the first case that the log knows and the table of cases does not."""
    there = select(Case.id).where(Case.id == Message.case_id, Case.district_code == district_code)
    first = (
        select(Message.case_id, Message.entry_seq)
        .where(
            Message.district_code == district_code,
            Message.case_id.is_not(None),
            ~there.exists(),
        )
        .order_by(Message.position)
        .limit(1)
    )
    for case_id, seq in session.execute(first):
        if case_id is not None and seq is not None:
            return Damage("?", case_id, seq, "missing")
    return None


def _check_case(case: Head, entries: Sequence[CaseEntry], logged: dict[int, str]) -> Damage | None:
    previous = GENESIS
    hashes = {entry.hash for entry in entries}
    for expected, entry in enumerate(entries, 1):
        if entry.seq != expected:
            return Damage(case.number, case.id, expected, "missing")
        what = _check_entry(entry, previous, hashes, logged)
        if what is not None:
            return Damage(case.number, case.id, entry.seq, what)
        previous = entry.hash
    if max(max(logged, default=0), case.history_seq) > len(entries):
        return Damage(case.number, case.id, len(entries) + 1, "missing")
    if case.history_hash != previous:
        return Damage(case.number, case.id, len(entries), "changed")
    if entries and entries[-1].to_state != case.state:
        return Damage(case.number, case.id, len(entries), "state_changed")
    return None


def _check_entry(
    entry: CaseEntry, previous: str, hashes: set[str], logged: dict[int, str]
) -> str | None:
    in_log = logged.get(entry.seq)
    if _recomputed(entry) != entry.hash:
        # A line whose hash the log knows from another place was moved, not rewritten.
        return "reordered" if entry.hash in set(logged.values()) - {in_log} else "changed"
    if entry.previous_hash != previous:
        return "reordered" if entry.previous_hash in hashes else "changed"
    if in_log != entry.hash:
        return "not_in_log" if in_log is None else "changed"
    return None if _text_fits(entry) else "text_changed"


def _recomputed(entry: CaseEntry) -> str | None:
    try:
        return entry_hash(entry.previous_hash, entry.sealed_fields(), entry.algorithm)
    except (ValueError, TypeError):
        return None  # an algorithm or a number that no line of ours was written with


def _check_evidence(case: Head, entries: Sequence[CaseEntry], evidence: _Evidence) -> Damage | None:
    """Compare what was told and shown with what the lines sealed of it."""
    told, shown = evidence.told.get(case.id, {}), evidence.shown.get(case.id, set())
    for entry in entries:
        if any((entry.seq, sha256) not in shown for sha256 in entry.data.get("photos", ())):
            return Damage(case.number, case.id, entry.seq, "photo_missing")
        if "report_digest" in entry.data and not _report_fits(
            told.get(entry.data["report"]), entry.data["report_digest"]
        ):
            return Damage(case.number, case.id, entry.seq, "report_changed")
    return None


def _report_fits(report: _Told | None, digest: str | None) -> bool:
    if report is None:
        return False
    if report.text is None:
        return True  # nothing was written, or it was erased with its salt
    if not isinstance(report.text_salt, bytes) or digest is None:  # SQLite takes any text there
        return False
    return text_digest(report.text, report.text_salt) == digest


def _text_fits(entry: CaseEntry) -> bool:
    if entry.text is None:
        return True  # no text, or erased with its salt: the digest stays
    if not isinstance(entry.text_salt, bytes) or entry.text_digest is None:
        return False
    return text_digest(entry.text, entry.text_salt, entry.algorithm) == entry.text_digest
