"""Sentences about a case: what was applied for, who rules, what the catalogue says."""

from collections.abc import Sequence

from flask_babel import gettext as _

from gridgov.domain import approvals
from gridgov.domain.catalogue import Level
from gridgov.domain.roles import Role
from gridgov.services.reference import Reference, UnitName
from gridgov.storage.applications import Application
from gridgov.storage.cases import Case
from gridgov.storage.photos import AFTER, PROOF, Photo
from gridgov.web import words
from gridgov.web.case_fields import Look, proposal
from gridgov.web.i18n import pick


def listed(names: Sequence[str]) -> str:
    """Join names as the language does."""
    return pick("、", ", ").join(names)


def unit(found: UnitName) -> str:
    """Return the name of a unit."""
    return pick(found.name, found.name_en)


def applied(kind: str) -> str:
    """Return what was applied for, in words."""
    return str(words.APPLIED_WORDS[kind])


def level(code: str) -> str:
    """Return the name of a level: village, town, district."""
    return str(words.LEVEL_WORDS[code])


def shows(photo: Photo) -> str:
    """Return what a picture of a case shows."""
    if photo.purpose == PROOF:
        return _("Proof of the hand-over")
    return _("After") if photo.purpose == AFTER else _("Before")


def ruling_level(case: Case) -> str:
    """Return the level that rules on a case nobody would have."""
    return level(str(approvals.ruling_level(Level(case.level))))


def supervision(case: Case) -> str | None:
    """Return how closely a case is watched, None where nobody does."""
    return None if case.supervision is None else str(words.SUPERVISION_WORDS[case.supervision])


def target(value: str, reference: Reference) -> str:
    """Return the name of a chosen `unit:CODE` or `lead`."""
    kind, _colon, code = value.partition(":")
    found = reference.units.get(code) if kind == "unit" else None
    return _("the grid's worker") if found is None else unit(found)


def application(look: Look) -> list[str]:
    """Return what was applied for, by whom, until when, and what was said."""
    asked = look.asked
    if asked is None:
        return []
    entry = next((one for one in look.entries if one.seq == asked.entry_seq), None)
    told = [who_applied(look, asked)]
    if asked.kind == "extension" and asked.until is not None:
        said = {"was": look.clock(look.case.due_at), "until": look.clock(asked.until)}
        told.append(_("Limit now %(was)s, applied for %(until)s.", **said))
    if asked.kind == "suspension" and asked.until is not None:
        told.append(_("Day of review: %(until)s.", until=look.clock(asked.until)))
    if asked.reason:
        told.append(str(words.REASON_WORDS.get(asked.reason, asked.reason)))
    if entry is not None and entry.text:
        told.append(_("“%(text)s”", text=entry.text))
    return told


def who_applied(look: Look, asked: Application) -> str:
    """Return in one sentence who applied for what, and when."""
    name = look.names.get(asked.applicant_id) if asked.applicant_id is not None else None
    return _(
        "%(who)s applied for: %(what)s, %(at)s.",
        who=name or str(words.ROLE_WORDS[Role.RESIDENT]),
        what=applied(asked.kind),
        at=look.clock(asked.asked_at),
    )


def rule_and_proposal(look: Look, *, told: bool) -> list[str]:
    """Return whose a class is by the catalogue, and whom the last one proposed."""
    found = look.reference.units.get(look.category.unit_code or "")
    facts = []
    if found is not None:
        facts.append(_("By the catalogue this class is for: %(unit)s.", unit=unit(found)))
    proposed = proposal(look)
    if told and proposed is not None:
        name = target(proposed, look.reference)
        facts.append(_("Whoever returned it proposed: %(unit)s.", unit=name))
    return facts
