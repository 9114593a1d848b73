"""Response texts: read for a form, written as a whole."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.replies import ReplyText
from gridgov.services import reference as references
from gridgov.services import replies
from gridgov.services.setup_base import Source
from gridgov.storage.setup import SetupChange
from tests.support.acts import DISTRICT, NOON, person


def test_the_sample_offers_texts_for_a_class(rolled: Session) -> None:
    found = replies.texts(references.of(rolled, DISTRICT), "0202")
    assert found[0].title == "路灯报修" and found[-1].category == "*"


def test_a_district_writes_its_own(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    own = ReplyText("0202", "停电", "Power cut", "供电检修，今晚恢复。", "Back tonight.")
    replies.set_texts(rolled, reference, [own])
    assert replies.texts(references.of(rolled, DISTRICT), "0202") == [own]


@pytest.mark.parametrize(
    ("category", "text", "field"), [("7777", "好", "category"), ("*", "长" * 501, "text")]
)
def test_what_fits_nowhere_is_refused(
    rolled: Session, category: str, text: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        replies.set_texts(
            rolled, references.of(rolled, DISTRICT), [ReplyText(category, "题", "t", text, "x")]
        )
    assert refused.value.field == field


def test_a_change_is_kept_and_one_made_from_an_old_look_is_refused(rolled: Session) -> None:
    reference = references.of(rolled, DISTRICT)
    by = Source(person(rolled, "worker"), "page")
    seen = replies.name_of(reference.replies)
    own = ReplyText("0202", "停电", "Power cut", "供电检修，今晚恢复。", "Back tonight.")
    new = [*reference.replies[1:], own]
    replies.change(rolled, reference, new, by, seen=seen, now=NOON)
    kept = rolled.scalars(select(SetupChange).where(SetupChange.what == replies.WHAT)).one()
    assert {one["kind"] for one in kept.changes} == {"new", "ended"}
    assert kept.by_person_id == by.by.person_id
    with pytest.raises(replies.ChangedMeanwhile):
        replies.change(rolled, reference, [own], by, seen=seen, now=NOON)
    assert list(references.of(rolled, DISTRICT).replies) == new
