"""Search finds exactly what a slow look at every text finds, on both databases."""

from random import Random
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gridgov.domain.search_tokens import canonical, terms
from gridgov.services import reference as references
from gridgov.storage import search
from gridgov.storage.base import db
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report
from gridgov.storage.search import SearchText
from gridgov.storage.session import read_only, unit_of_work

DISTRICT = "440608"
LATIN = [
    "12",
    "112",
    "120",
    "lamp",
    "Lamps",
    "A3",
    "ａ３",
    "x-ray",
    "号",
    "、",
    "，",
    " ",
    "%",
    "_",
]
HAN = "路灯不亮荷香井盖缺失号楼"


def written(dice: Random) -> str:
    return "".join(
        dice.choice(HAN + "路灯") if dice.random() < 0.7 else dice.choice(LATIN) for _ in range(12)
    )


def asked(dice: Random) -> str:
    return "".join(
        dice.choice(HAN) if dice.random() < 0.7 else dice.choice(LATIN)
        for _ in range(dice.randint(1, 4))
    )


def found(session: Session, words: str) -> set[UUID]:
    return set(session.scalars(select(Case.id).where(search.found_by(session, words))))


def slow(session: Session, words: str) -> set[UUID]:
    """Look at every report, one by one, the way a reader would."""
    told: dict[UUID, list[str]] = {}
    query = select(Report, Case).join(Case, Case.id == Report.case_id)
    for report, case in session.execute(query):
        parts = (case.number, report.external_id, case.place, report.place_words, report.text)
        told.setdefault(case.id, []).append(canonical(parts))
    wanted = [term.canonical for term in terms(words)]
    if not wanted:
        return set()
    return {
        case_id
        for case_id, forms in told.items()
        if all(any(one in form for form in forms) for one in wanted)
    }


def test_search_finds_what_a_slow_look_finds(app: Flask) -> None:
    dice = Random(5)
    with unit_of_work() as session:
        for report in session.scalars(select(Report)):
            report.text = written(dice)
        session.flush()
        search.rebuild(session, DISTRICT)
    with read_only() as session:
        number = session.scalars(select(Case.number)).first() or ""
        hits = 0
        for words in [
            number,
            number[-4:],
            "路灯",
            "灯",
            "a3 路",
            *(asked(dice) for _ in range(300)),
        ]:
            expected = slow(session, words)
            hits += bool(expected)
            assert found(session, words) == expected, words
    assert hits > 50


def test_what_came_in_is_found_at_once_and_a_rebuild_changes_nothing(app: Flask) -> None:
    with read_only() as session:
        before = set(session.execute(select(SearchText.report_id, SearchText.form)).all())
        assert len(before) == session.scalar(select(func.count()).select_from(Report))
    with unit_of_work() as session:
        assert search.rebuild(session, DISTRICT) == len(before)
    with read_only() as session:
        after = set(session.execute(select(SearchText.report_id, SearchText.form)).all())
    assert after == before


def test_forgotten_words_leave_nothing_behind(app: Flask) -> None:
    with unit_of_work() as session:
        report = session.scalars(select(Report)).first()
        assert report is not None
        report.text = "zzyzxq 龘龘"
        session.flush()
        search.rebuild(session, DISTRICT)
        case_id, report_id = report.case_id, report.id
    with read_only() as session:
        assert found(session, "zzyzxq 龘龘") == {case_id}
    with unit_of_work() as session:
        search.forget(session, report_id)
    with read_only() as session:
        assert found(session, "zzyzxq") == set()
        if db.engine.dialect.name == "sqlite":
            kept = session.execute(text("SELECT block FROM search_words_data")).scalars()
            assert not any(b"zzyzxq" in bytes(block) for block in kept)


def test_a_corrected_place_is_found_and_the_old_one_not(app: Flask) -> None:
    with unit_of_work() as session:
        case = session.scalars(select(Case)).first()
        assert case is not None
        references.of(session, DISTRICT)
        case.place = "龘龘旧址"
        search.refresh(session, case)
        case.place = "齉齉新址"
        search.refresh(session, case)
        session.flush()
        assert found(session, "齉齉") == {case.id}
        assert found(session, "龘龘") == set()
