"""Response texts of a district: read for a reply form, written as a whole."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.replies import EVERY_CLASS, ReplyText, for_class
from gridgov.services.reference import Reference
from gridgov.storage import districts

LONGEST = 500


def texts(reference: Reference, category: str) -> list[ReplyText]:
    """Return the response texts that fit a class, the most special first."""
    return for_class(reference.replies, category)


def set_texts(session: Session, reference: Reference, new: Iterable[ReplyText]) -> None:
    """Replace the response texts of a district. Raises: InvalidInput (category, text)."""
    kept = list(new)
    known = {*reference.catalogue, *reference.majors, EVERY_CLASS}
    for one in kept:
        if one.category not in known:
            raise InvalidInput("category", "unknown", code=one.category)
        if not one.text or max(len(one.text), len(one.text_en)) > LONGEST:
            raise InvalidInput("text", "too_long", length=len(one.text), limit=LONGEST)
    district = districts.hold(session, reference.district_code)
    settings = district.settings
    district.settings = {
        **settings,
        "replies": [one.as_json() for one in kept],
        "revision": settings.get("revision", 0) + 1,
    }
