"""What a district publishes: its rules and its announcements; every act leaves a line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput, NotAllowed
from gridgov.domain.publishing import Rules
from gridgov.domain.roles import Actor, Role
from gridgov.services.reference import Reference
from gridgov.storage import districts
from gridgov.storage import publishing as rows
from gridgov.storage.ids import new_id
from gridgov.storage.publishing import Announcement, PublishingAct, PublishingRules

PUBLISHERS = (Role.SUPERVISOR, Role.OFFICE)
LONGEST_TITLE, LONGEST_TEXT = 80, 4_000


def over(actor: Actor, area_codes: Iterable[str | None]) -> bool:
    """Tell whether somebody may publish for an area; the codes are those of its path."""
    return not actor.areas(*PUBLISHERS).isdisjoint(area_codes)


def check_over(actor: Actor, reference: Reference, area_code: str) -> None:
    """See that somebody may publish for an area. Raises: NotFound, NotAllowed."""
    path = [reference.district_code, *(area.code for area in reference.net.path(area_code))]
    if not over(actor, path):
        raise NotAllowed(f"{actor.person_id} does not publish for {area_code}", code=area_code)


def rules_of(session: Session, district_code: str) -> Rules:
    """Return a district's rules.

    Until an office decided, open data is off; in the sample, where nobody is real, it is on.
    """
    kept = session.get(PublishingRules, district_code)
    if kept is None:
        return Rules(data=districts.get(session, district_code).sample)
    return Rules(**kept.rules)


def set_rules(
    session: Session, reference: Reference, rules: Rules, *, by: Actor, now: datetime
) -> None:
    """Change what a district publishes from now on; months already told stay as they are.

    Raises: NotAllowed for whoever has not the whole district.
    """
    check_over(by, reference, reference.district_code)
    before = rules_of(session, reference.district_code).as_json()
    kept = session.get(PublishingRules, reference.district_code, with_for_update=True)
    if kept is None:
        session.add(PublishingRules(district_code=reference.district_code, rules=rules.as_json()))
    else:
        kept.rules = rules.as_json()
    changed = {
        name: [before.get(name), value]
        for name, value in rules.as_json().items()
        if before.get(name) != value
    }
    note(session, reference, "set_rules", "", changed, by=by, now=now)


def note(
    session: Session,
    reference: Reference,
    act: str,
    subject: str,
    details: dict[str, Any],
    *,
    by: Actor | None,
    now: datetime,
    area_code: str = "",
) -> None:
    """Add a line of who did what; `subject` is the id it was done to."""
    session.add(
        PublishingAct(
            district_code=reference.district_code,
            area_code=area_code or reference.district_code,
            act=act,
            subject=subject,
            details=details,
            by_id=by.person_id if by is not None else None,
            at=now,
        )
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """An announcement as somebody writes it; plain text, English optional."""

    area_code: str
    title: str
    text: str
    title_en: str
    text_en: str
    first_on: date
    last_on: date | None

    def __post_init__(self) -> None:
        """Refuse what cannot be shown. Raises: InvalidInput."""
        for name, limit in (("title", LONGEST_TITLE), ("text", LONGEST_TEXT)):
            if not getattr(self, name).strip():
                raise InvalidInput(name, "missing")
            for field in (name, f"{name}_en"):
                if len(getattr(self, field)) > limit:
                    length = len(getattr(self, field))
                    raise InvalidInput(field, "too_long", length=length, limit=limit)
        if self.last_on is not None and self.last_on < self.first_on:
            raise InvalidInput("last_on", "before_first")


def announce(
    session: Session, reference: Reference, draft: Draft, *, by: Actor, now: datetime
) -> UUID:
    """Publish an announcement for an area. Raises: NotFound, NotAllowed."""
    check_over(by, reference, draft.area_code)
    if by.person_id is None:
        raise NotAllowed("an announcement has a person behind it")
    made = Announcement(
        id=new_id(),
        district_code=reference.district_code,
        area_code=draft.area_code,
        title=draft.title.strip(),
        title_en=draft.title_en.strip(),
        text=draft.text.strip(),
        text_en=draft.text_en.strip(),
        first_on=draft.first_on,
        last_on=draft.last_on,
        made_by_id=by.person_id,
        made_at=now,
    )
    session.add(made)
    details = {"title": made.title}
    note(
        session,
        reference,
        "announce",
        str(made.id),
        details,
        by=by,
        now=now,
        area_code=made.area_code,
    )
    return made.id


def withdraw(
    session: Session, reference: Reference, wanted: UUID, *, by: Actor, now: datetime
) -> None:
    """Take an announcement back; a second time changes nothing. Raises: NotFound, NotAllowed."""
    found = rows.announcement(session, reference.district_code, wanted)
    # An area of an older net is the district's own to clear up.
    known = reference.net.find(found.area_code)
    check_over(by, reference, reference.district_code if known is None else known.code)
    if found.withdrawn_at is not None:
        return
    found.withdrawn_at, found.withdrawn_by_id = now, by.person_id
    details = {"title": found.title}
    note(
        session,
        reference,
        "withdraw_announcement",
        str(found.id),
        details,
        by=by,
        now=now,
        area_code=found.area_code,
    )
