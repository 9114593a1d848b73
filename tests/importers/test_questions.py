"""The file of questions: read beside a catalogue, every refusal with its line."""

from pathlib import Path

import pytest

from gridgov.config import ROOT
from gridgov.domain.catalogue import Category
from gridgov.domain.errors import InvalidInput
from gridgov.domain.questions import Datatype, Value
from gridgov.importers.catalogue import read_catalogue
from gridgov.importers.questions import COLUMNS, read_questions

DATA = ROOT / "geodata" / "gaoming"
GOOD = "0202,pole,string,1,编号？,Number?,看杆身,On the pole,"
LIST = "0302,blocks,multivaluelist,0,挡住？,Blocks?,,,road=行车道|The road; exit=出入口|An exit"


@pytest.fixture(scope="module")
def catalogue() -> list[Category]:
    return read_catalogue(DATA / "catalogue.csv")


def read(folder: Path, catalogue: list[Category], *rows: str) -> dict[str, Category]:
    path = folder / "questions.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    return {item.code: item for item in read_questions(path, catalogue)}


def test_each_class_gets_its_questions_in_the_order_of_the_file(
    tmp_path: Path, catalogue: list[Category]
) -> None:
    more = "0202,lamps,number,0,几盏？,How many?,,,"
    found = read(tmp_path, catalogue, GOOD, LIST, more)
    assert list(found) == [item.code for item in catalogue], "no class is lost"
    assert [one.code for one in found["0202"].questions] == ["pole", "lamps"]
    pole = found["0202"].questions[0]
    assert (pole.datatype, pole.required, pole.hint_en) == (Datatype.STRING, True, "On the pole")
    assert found["0302"].questions[0].values == (
        Value("road", "行车道", "The road"),
        Value("exit", "出入口", "An exit"),
    )
    assert found["0101"].questions == ()


REFUSED = [
    ("9999,pole,string,1,编号？,Number?,,,", "category", "unknown"),
    ("02,pole,string,1,编号？,Number?,,,", "category", "unknown"),
    (",pole,string,1,编号？,Number?,,,", "category", "blank"),
    ("0202,Pole,string,1,编号？,Number?,,,", "code", "wrong_shape"),
    ("0202,media_url,string,1,图？,Picture?,,,", "code", "wrong_shape"),
    ("0202,pole,date,1,编号？,Number?,,,", "datatype", "unknown"),
    ("0202,pole,string,yes,编号？,Number?,,,", "required", "not_0_or_1"),
    ("0202,pole,string,1,,Number?,,,", "description", "blank"),
    ("0202,pole,string,1,编号？,,,,", "description_en", "blank"),
    ("0202,pole,string,1,编号？,Number?,,,a=一|One", "values", "only_for_lists"),
    ("0202,pole,singlevaluelist,1,编号？,Number?,,,", "values", "blank"),
    ("0202,pole,singlevaluelist,1,编号？,Number?,,,a=一", "values", "wrong_shape"),
    ("0202,pole,singlevaluelist,1,编号？,Number?,,,a b=一|One", "values", "wrong_shape"),
    ("0202,pole,singlevaluelist,1,编号？,Number?,,,a=一|One; a=二|Two", "values", "twice"),
]


@pytest.mark.parametrize(("row", "column", "reason"), REFUSED)
def test_a_bad_row_is_refused_with_its_line_and_column(
    tmp_path: Path, catalogue: list[Category], row: str, column: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        read(tmp_path, catalogue, LIST, row)
    assert (error.value.field, error.value.reason) == (column, reason)
    assert error.value.values["line"] == 3


def test_a_question_twice_in_a_class_is_refused(tmp_path: Path, catalogue: list[Category]) -> None:
    other = GOOD.replace("0202", "0203")
    assert read(tmp_path, catalogue, GOOD, other)["0203"].questions
    with pytest.raises(InvalidInput) as error:
        read(tmp_path, catalogue, GOOD, GOOD)
    assert (error.value.field, error.value.reason) == ("code", "twice")


def test_the_sample_asks_twelve_questions_and_more(catalogue: list[Category]) -> None:
    found = read_questions(DATA / "questions.csv", catalogue)
    asked = [question for item in found for question in item.questions]
    assert len(asked) >= 12
    assert {question.datatype for question in asked} > {
        Datatype.NUMBER,
        Datatype.DATETIME,
        Datatype.SINGLE,
        Datatype.MULTI,
    }
