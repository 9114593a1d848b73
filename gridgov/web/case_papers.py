"""What of a case goes on paper: facts, words, history, photos, all personal data masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from gridgov.domain.privacy import mask_personal
from gridgov.domain.workflow import CaseState, Relation
from gridgov.services import deadlines
from gridgov.storage import photos, reports
from gridgov.storage.history import CaseEntry
from gridgov.storage.photos import PROOF, Photo
from gridgov.web import case_history, case_words, words
from gridgov.web.case_fields import Look
from gridgov.web.i18n import pick
from gridgov.web.instance import instance
from gridgov.web.receipts import place_of, title_of

MAY_ISSUE = frozenset({Relation.LEADER, Relation.DISPATCHER})
MOST_PHOTOS = 12  # two pages of them; the others stay on the page of the case


@dataclass(frozen=True, slots=True)
class PaperPhoto:
    """A picture on paper; the file lies in the photo store."""

    path: Path
    caption: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One case as it is printed; texts are ready to show and masked."""

    number: str
    title: str
    office: str
    facts: list[tuple[str, str]]
    told: list[str]
    history: list[tuple[str, str, str]]  # when, who and what, the rest
    photos: list[PaperPhoto]
    printed: str  # who printed it and when, on every page
    mark: str  # across the page


def paper(look: Look) -> Paper:
    """Return a case as it is printed."""
    case, reference = look.case, look.reference
    return Paper(
        number=case.number,
        title=title_of(case, reference),
        office=pick(reference.name, reference.name_en),
        facts=facts(look),
        told=[
            mask_personal(report.text)
            for report in reports.of_case(look.session, case.id)
            if report.text
        ],
        history=[_line(entry, look) for entry in look.entries],
        photos=[_photo(one, look) for one in _chosen(photos.of_case(look.session, case.id))],
        printed=printed(look),
        mark=words.joined(look.actor.name, look.clock(look.now)),
    )


def printed(look: Look) -> str:
    """Return who printed it and when."""
    told = {"name": look.actor.name, "at": look.clock(look.now)}
    return _("Printed by %(name)s, %(at)s. For work only, personal data is masked.", **told)


def facts(look: Look) -> list[tuple[str, str]]:
    """Return what stands at the top: state, place, limits, who has it."""
    case, reference = look.case, look.reference
    unit = reference.units.get(case.unit_code or "")
    name = look.names.get(case.assignee_id) if case.assignee_id is not None else None
    parts = [case_words.unit(unit) if unit is not None else "", name or ""]
    found = [
        (_("State"), str(words.STATE_WORDS[CaseState(case.state)])),
        (_("Place"), mask_personal(place_of(case, reference))),
        (_("Received"), look.clock(case.received_at)),
        (_("Limit"), _limit(look)),
        (_("With"), " · ".join(part for part in parts if part) or _("nobody yet")),
    ]
    watched = case_words.supervision(case)
    if watched is not None:
        found.append((_("Supervision"), watched))
    if case.closed_at is not None:
        found.append((_("Closed at"), look.clock(case.closed_at)))
    return found


def _limit(look: Look) -> str:
    if deadlines.is_paused(look.case):
        return str(words.STATE_WORDS[CaseState(look.case.state)])
    return look.clock(look.case.due_at)


def _line(entry: CaseEntry, look: Look) -> tuple[str, str, str]:
    said = _("%(who)s: %(said)s", who=case_history.who(entry, look), said=case_history.said(entry))
    return look.clock(entry.at), said, mask_personal(case_history.note(entry, look))


def _chosen(found: Sequence[Photo]) -> list[Photo]:
    """Return the pictures there is room for, the proof of a hand-over before all others."""
    proof = [one for one in found if one.purpose == PROOF]
    others = [one for one in found if one.purpose != PROOF]
    return [*others[: max(0, MOST_PHOTOS - len(proof))], *proof]


def _photo(photo: Photo, look: Look) -> PaperPhoto:
    word = case_words.shows(photo)
    path = instance().photos.path(photo.sha256, "full")
    return PaperPhoto(path, f"{word} {look.clock(photo.added_at)}", photo.width, photo.height)
