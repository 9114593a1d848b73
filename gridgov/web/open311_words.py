"""Service requests, services and updates as Open311 says them."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from gridgov.domain.catalogue import Category
from gridgov.domain.deadlines import NO_LIMIT
from gridgov.domain.questions import Question
from gridgov.domain.workflow import OPEN_STATES, PUBLIC_STATE, Action, CaseState, PublicState
from gridgov.services.reference import Reference
from gridgov.services.service_requests import ServiceRequest, Update
from gridgov.storage.cases import Case
from gridgov.storage.service_requests import Line
from gridgov.web import receipts, words
from gridgov.web.i18n import pick
from gridgov.web.open311_render import moment

# FixMyStreet's words for how a request stands (Open311-FMS); it reads them in any case.
FMS_STATES = {
    CaseState.SUBMITTED: "FOR_TRIAGE",
    CaseState.NEED_INFO: "FOR_TRIAGE",
    CaseState.VERIFYING: "FOR_TRIAGE",
    CaseState.REGISTERED: "ACTION_SCHEDULED",
    CaseState.DISPATCHED: "ACTION_SCHEDULED",
    CaseState.HANDLING: "IN_PROGRESS",
    CaseState.RESOLVED: "IN_PROGRESS",  # somebody else checks first
    CaseState.SUSPENDED: "IN_PROGRESS",
    CaseState.CLOSED: "FIXED",
    CaseState.MERGED: "DUPLICATE",
    CaseState.VOID: "NO_FURTHER_ACTION",
    CaseState.REJECTED: "NO_FURTHER_ACTION",
    CaseState.TRANSFERRED: "NOT_COUNCILS_RESPONSIBILITY",
}
FMS_REASONS = {"duplicate": "DUPLICATE", "outside": "NOT_COUNCILS_RESPONSIBILITY"}


# Services ------------------------------------------------------------------------------------


def service(item: Category, reference: Reference) -> dict[str, Any]:
    """Return a class as a service."""
    major = reference.majors.get(item.parent_code or "")
    group = pick(major.name, major.name_en) if major is not None else None
    return {
        "service_code": item.code,
        "service_name": pick(item.name, item.name_en),
        "description": words.joined(group or "", notice(item)),
        "metadata": bool(item.questions),
        "type": "realtime",
        "keywords": ",".join(item.keywords) or None,
        "group": group,
    }


def notice(item: Category) -> str:
    """Return what a reporter may expect: the limit of the class."""
    return _("Handled within %(limit)s.", limit=words.limit_of(item.handle_limit))


def definition(item: Category) -> dict[str, Any]:
    """Return the questions of a class as a service definition."""
    return {
        "service_code": item.code,
        "attributes": [_attribute(one, order) for order, one in enumerate(item.questions, 1)],
    }


def _attribute(question: Question, order: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "variable": True,
        "code": question.code,
        "datatype": str(question.datatype),
        "required": question.required,
        "datatype_description": pick(question.hint, question.hint_en) or None,
        "order": order,
        "description": pick(question.description, question.description_en),
    }
    if question.datatype.has_values:
        body["values"] = [
            {"key": value.key, "name": pick(value.name, value.name_en)} for value in question.values
        ]
    return body


# Requests ------------------------------------------------------------------------------------


def request(found: ServiceRequest, reference: Reference, *, extended: bool) -> dict[str, Any]:
    """Return a case as a service request; `extended` adds its steps (extensions=true)."""
    case, goes_on, zone = found.case, found.followed, reference.zone
    is_open = CaseState(goes_on.state) in OPEN_STATES
    public_state = receipts.public_state(goes_on)
    due_at = case.due_at if case.due_at < NO_LIMIT else None
    body: dict[str, Any] = {
        "service_request_id": case.number,
        "status": "open" if is_open else "closed",
        "status_notes": _status_notes(found, public_state),
        "service_name": pick(found.category.name, found.category.name_en),
        "service_code": case.category_code,
        "description": found.text,
        "agency_responsible": _agency(case, reference),
        "service_notice": None if due_at is None else notice(found.category),
        "requested_datetime": moment(case.received_at, zone),
        # For a closed request: when it was closed (GeoReport v2, GET Service Requests).
        "updated_datetime": moment(
            max(case.updated_at, goes_on.updated_at)
            if is_open
            else goes_on.closed_at or goes_on.stage_since,
            zone,
        ),
        "expected_datetime": moment(due_at, zone),
        "address": _address(found, reference),
        "address_id": case.home_grid or case.village_code or case.town_code,
        "zipcode": None,
        "lat": found.lat,
        "long": found.lon,
        "media_url": _media(found),
    }
    if extended:
        body["extended_attributes"] = {"detailed_status": str(public_state)}
        body["notes"] = [_note(line, reference) for line in found.moves]
    return body


def _status_notes(found: ServiceRequest, state: PublicState) -> str:
    """Return the last answer, else how it stands; of a merged case where it goes on."""
    said = receipts.headline(found.followed, state)
    if found.followed.id == found.case.id:
        return found.reply or said
    return _("DUPLICATE of %(number)s: %(said)s", number=found.followed.number, said=said)


def _agency(case: Case, reference: Reference) -> str:
    """Return the unit or community that has it: never a person."""
    unit = reference.units.get(case.unit_code or "")
    if unit is not None:
        return pick(unit.name, unit.name_en)
    village = reference.net.find(case.village_code)
    if case.assignee_id is not None and village is not None:
        return pick(village.name, village.name_en)
    return pick(reference.name, reference.name_en)


def _address(found: ServiceRequest, reference: Reference) -> str:
    village = reference.net.find(found.case.village_code)
    if not found.precise and village is not None:
        return pick(village.name, village.name_en)
    return receipts.place_of(found.case, reference)


def _media(found: ServiceRequest) -> str | None:
    if found.picture_id is None:
        return None
    return url_for("resident.recent_photo", photo_id=found.picture_id, _external=True)


def _note(line: Line, reference: Reference) -> dict[str, Any]:
    return {
        "datetime": moment(line.at, reference.zone),
        "description": _said(line),
        "type": str(_state_after(line)),
    }


def _said(line: Line) -> str:
    """Return a step in words: the public word for the state after it, or that it was merged."""
    if line.action == Action.MERGE:
        return _("Goes on together with another request of the same")
    return str(words.PUBLIC_WORDS[_state_after(line)])


def _state_after(line: Line) -> PublicState:
    return PUBLIC_STATE[CaseState(line.to_state)]


# Updates -------------------------------------------------------------------------------------


def update(found: Update, reference: Reference) -> dict[str, Any]:
    """Return a public step of a case as a request update."""
    line = found.line
    return {
        "update_id": update_id(found.number, line.seq),
        "service_request_id": found.number,
        "status": _fms_status(line),
        "updated_datetime": moment(line.at, reference.zone),
        "description": found.text or _said(line),
        "media_url": None,
    }


def update_id(number: str, seq: int) -> str:
    """Return our name of a line of a case's history."""
    return f"{number}-{seq}"


def _fms_status(line: Line) -> str:
    if line.action == Action.REOPEN:
        return "REOPEN"
    return FMS_REASONS.get(line.reason or "", FMS_STATES[CaseState(line.to_state)])
