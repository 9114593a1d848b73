"""Which response texts fit a class."""

import json
from pathlib import Path

from gridgov.domain.replies import ReplyText, for_class

FILE = Path(__file__).resolve().parents[2] / "geodata" / "gaoming" / "replies.json"
TEXTS = [ReplyText.from_json(one) for one in json.loads(FILE.read_text(encoding="utf-8"))]


def test_the_most_special_come_first_and_those_of_all_last() -> None:
    found = [one.category for one in for_class(TEXTS, "0305")]
    assert found == ["0305", "03", *["*"] * 5]


def test_a_class_without_texts_of_its_own_has_those_of_all() -> None:
    assert {one.category for one in for_class(TEXTS, "1101")} == {"*"}


def test_each_text_is_there_in_both_languages_and_names_a_class_that_exists() -> None:
    classes = (FILE.parent / "catalogue.csv").read_text(encoding="utf-8").splitlines()
    known = {"*", *(line.split(",")[0] for line in classes)}
    for one in TEXTS:
        assert one.category in known and ReplyText.from_json(one.as_json()) == one
        assert all((one.title, one.title_en, one.text, one.text_en)), one
