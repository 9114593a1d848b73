"""What its pictures and the clock say about a closing, in words for whoever checks it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from gridgov.domain.closing import ClosingHint
from gridgov.domain.roles import Actor
from gridgov.domain.scope import may_see
from gridgov.domain.workflow import Relation
from gridgov.services import closing, standing
from gridgov.storage import cases, photos
from gridgov.storage.cases import Case
from gridgov.storage.photos import AFTER, Photo
from gridgov.web import words
from gridgov.web.case_fields import Look
from gridgov.web.i18n import pick

# Whose work the hints are for: whoever checks, and whoever watches or dispatches.
FOR_THEM = frozenset({Relation.CHECKER, Relation.LEADER, Relation.DISPATCHER})
TITLES = {
    ClosingHint.FAR: _l("a photo was taken elsewhere"),
    ClosingHint.EARLY: _l("a photo is older than the report"),
    ClosingHint.REUSED: _l("a photo was shown before"),
    ClosingHint.QUICK: _l("done within minutes"),
}


def banner(look: Look) -> dict[str, Any] | None:
    """Return what to look at more closely before the check, for whom it concerns."""
    found = closing.hints_of(look.case)
    if not found or not standing.relations(look.session, look.case, look.actor) & FOR_THEM:
        return None
    what = pick("、", ", ").join(str(TITLES[hint]) for hint in found)
    return {
        "icon": "eye",
        "kind": "wait",
        "title": _("Look closely: %(what)s", what=what),
        "lines": [*_of_pictures(look), *_of_time(look, found)]
        + [_("These are hints. There may be a good reason; look before you decide.")],
    }


def mark(case: Case) -> dict[str, str] | None:
    """Return the mark of a case on cards, None where nothing stands out."""
    if not case.closing_hints:
        return None
    return {"kind": "wait", "icon": "eye", "words": _("Look closely")}


def caption(photo: Photo, *, at_once: bool = False) -> str:
    """Return where and when a picture of finished work was taken, as far as the file said.

    `at_once`: it was found and done by the worker, so the picture from before is the start.
    """
    if photo.purpose != AFTER:
        return ""
    parts = []
    if photo.distance_m is not None:
        parts.append(_("%(metres)d m from the spot", metres=photo.distance_m))
    if photo.minutes is not None:
        parts.append(after_words(photo.minutes, at_once=at_once))
    return pick("，", ", ").join(parts)


def after_words(minutes: int, *, at_once: bool) -> str:
    """Return how long after the report, or before it, a picture was taken."""
    said = words.span(abs(minutes))
    if at_once:
        first = _("taken %(span)s after the photo from before", span=said)
        return first if minutes >= 0 else _("taken %(span)s before the first photo", span=said)
    if minutes < 0:
        return _("taken %(span)s before the report", span=said)
    return _("taken %(span)s after the report", span=said)


def _of_pictures(look: Look) -> list[str]:
    rule, lines, at_once = look.reference.closing, [], look.case.self_handled
    for photo in photos.of_case(look.session, look.case.id):
        if photo.purpose != AFTER:
            continue
        if photo.distance_m is not None and photo.distance_m > rule.far_m:
            lines.append(
                _("The photo was taken %(metres)d m from the spot.", metres=photo.distance_m)
            )
        if photo.minutes is not None and photo.minutes < -rule.early_min:
            when = after_words(photo.minutes, at_once=at_once)
            lines.append(_("The photo was %(when)s, by its camera's clock.", when=when))
        if photo.repeats_id is not None:
            lines.append(_repeated(look.session, photo, look.actor))
    return lines


def _repeated(session: Session, photo: Photo, actor: Actor) -> str:
    """Say where a picture was shown before; another case is named to who may see it."""
    earlier = session.get_one(Photo, photo.repeats_id)
    if earlier.case_id == photo.case_id:
        return _("The same photo shows it before the work.")
    other = cases.get(session, earlier.case_id)
    if not may_see(actor, cases.scope_of(session, other)):
        return _("The same photo stands with another case.")
    return _("The same photo stands with case %(number)s.", number=other.number)


def _of_time(look: Look, found: tuple[ClosingHint, ...]) -> list[str]:
    if ClosingHint.QUICK not in found:
        return []
    least = look.reference.closing.quick_min
    return [_("From the report to done it took less than %(minutes)d minutes.", minutes=least)]
