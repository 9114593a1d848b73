"""Response texts of a district: read for a reply form, written as a whole."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from gridgov.domain.errors import Conflict, InvalidInput
from gridgov.domain.replies import EVERY_CLASS, ReplyText, for_class
from gridgov.domain.table_imports import Change, ChangeKind, Difference, change_of
from gridgov.services import setup_base
from gridgov.services.reference import Reference
from gridgov.services.setup_base import Source
from gridgov.storage import districts

LONGEST = 500
WHAT = "replies"  # what the record of changes calls them


class ChangedMeanwhile(Conflict):
    """Somebody else changed the texts after the look a change was made from."""

    code = "changed_meanwhile"


def texts(reference: Reference, category: str) -> list[ReplyText]:
    """Return the response texts that fit a class, the most special first."""
    return for_class(reference.replies, category)


def common_texts(reference: Reference, categories: Iterable[str]) -> list[ReplyText]:
    """Return the response texts that fit every one of some classes, the most special first."""
    first, *others = dict.fromkeys(categories)
    fit_others = [texts(reference, category) for category in others]
    return [one for one in texts(reference, first) if all(one in fit for fit in fit_others)]


def name_of(kept: Sequence[ReplyText]) -> str:
    """Return a short name of exactly these texts: who sends it back has seen them."""
    body = json.dumps([one.as_json() for one in kept], ensure_ascii=False, sort_keys=True)
    return sha256(body.encode()).hexdigest()[:16]


def check(reference: Reference, one: ReplyText) -> None:
    """Refuse a text no form could offer. Raises: InvalidInput (category, title, text)."""
    if one.category not in {*reference.catalogue, *reference.majors, EVERY_CLASS}:
        raise InvalidInput("category", "unknown", code=one.category)
    if not one.title:
        raise InvalidInput("title", "missing")
    if not one.text:
        raise InvalidInput("text", "missing")
    if max(len(one.text), len(one.text_en)) > LONGEST:
        raise InvalidInput("text", "too_long", length=len(one.text), limit=LONGEST)


def set_texts(session: Session, reference: Reference, new: Iterable[ReplyText]) -> None:
    """Replace the response texts of a district. Raises: InvalidInput as `check`."""
    kept = list(new)
    for one in kept:
        check(reference, one)
    told = [one.as_json() for one in kept]
    setup_base.revise(session, reference.district_code, replies=told)


def change(
    session: Session,
    reference: Reference,
    new: Sequence[ReplyText],
    source: Source,
    *,
    seen: str,
    now: datetime,
) -> None:
    """Replace the texts somebody saw (`seen`), and keep who changed which.

    Raises: ChangedMeanwhile, InvalidInput as `check`.
    """
    district = districts.freeze(session, reference.district_code)
    session.refresh(district)
    kept = tuple(map(ReplyText.from_json, district.settings.get("replies", ())))
    if seen != name_of(kept):
        raise ChangedMeanwhile("the texts changed after they were shown")
    before, after = _by_name(kept), _by_name(new)
    made = [change_of(key, key, before.get(key), values) for key, values in after.items()]
    made += [_taken_out(key, values) for key, values in before.items() if key not in after]
    changed = [one for one in made if one.kind is not ChangeKind.UNCHANGED]
    set_texts(session, reference, new)
    if changed:
        setup_base.keep(session, reference.district_code, WHAT, changed, source, now)


def _by_name(kept: Iterable[ReplyText]) -> dict[str, dict[str, str]]:
    return {f"{one.category} {one.title}": {"text": one.text} for one in kept}


def _taken_out(key: str, values: dict[str, str]) -> Change:
    fields = tuple(Difference(name, value, "") for name, value in values.items())
    return Change(ChangeKind.ENDED, key, key, fields=fields)
