"""Finding cases by words: one row per report, indexed by the database's own full-text index.

SQLite keeps the tokens in an FTS5 table that triggers fill and empty (migration 0012), and
PostgreSQL in a `tsvector` with a GIN index. Both get the tokens ready made
(`domain/search_tokens`) and take them apart at spaces only, so that both find the same.
Rows are written in the transaction that writes the report (decision 0028).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    Table,
    Text,
    and_,
    column,
    delete,
    false,
    insert,
    select,
    table,
    text,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from gridgov.domain.search_tokens import Term, canonical, terms, tokens
from gridgov.storage.base import Base
from gridgov.storage.cases import Case
from gridgov.storage.reports import Report, Reporter

BATCH = 2_000
_WORDS = table("search_words", column("rowid"), column("search_words"))


class SearchText(Base):
    """What a report is found by: its words in canonical form, and their tokens."""

    __tablename__ = "search_texts"
    __table_args__ = (
        Index("ix_search_texts_case_id", "case_id"),
        Index("ix_search_texts_report_id", "report_id"),
    )

    row_id: Mapped[int] = mapped_column(primary_key=True)
    district_code: Mapped[str] = mapped_column(ForeignKey("districts.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"))
    form: Mapped[str] = mapped_column(Text)
    tokens: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))

    # Never read: they tell in which order new rows are written.
    case: Mapped[Case] = relationship(lazy="raise")
    report: Mapped[Report] = relationship(lazy="raise")


def add(session: Session, case: Case, report: Report) -> None:
    """Let a new report be found by its words, its places and its numbers."""
    told = (case.number, report.external_id, case.place, report.place_words, report.text)
    form = canonical(told)
    row = SearchText(
        district_code=case.district_code,
        case_id=case.id,
        report_id=report.id,
        form=form,
        tokens=tokens(form),
    )
    session.add(row)


def refresh(session: Session, case: Case) -> None:
    """Write the rows of a case anew, after its place became another one."""
    session.flush()
    session.execute(delete(SearchText).where(SearchText.case_id == case.id))
    for report in session.scalars(select(Report).where(Report.case_id == case.id)):
        add(session, case, report)


def forget(session: Session, report_id: UUID) -> None:
    """Take the words of a report out of the index for good, before they are erased.

    FTS5 only marks what was deleted; merging its segments writes them anew without it.
    """
    session.execute(delete(SearchText).where(SearchText.report_id == report_id))
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search_words (search_words) VALUES ('optimize')"))


def add_many(
    session: Session, cases: Sequence[Mapping[str, Any]], reports: Sequence[Mapping[str, Any]]
) -> None:
    """Let many new reports be found, with one statement; rows as `bulk.add_cases` gets them."""
    of = {case["id"]: case for case in cases}
    rows = [_row(of[report["case_id"]], report) for report in reports]
    if rows:
        session.connection().execute(insert(cast(Table, SearchText.__table__)), rows)


def _row(case: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    told = (
        case["number"],
        report.get("external_id"),
        case["place"],
        report.get("place_words"),
        report.get("text"),
    )
    form = canonical(told)
    return {
        "district_code": case["district_code"],
        "case_id": case["id"],
        "report_id": report["id"],
        "form": form,
        "tokens": tokens(form),
    }


def rebuild(session: Session, district_code: str) -> int:
    """Write the index of a district anew from its reports; return how many there are."""
    session.execute(delete(SearchText).where(SearchText.district_code == district_code))
    count = 0
    for rows in _told(session, district_code):
        session.connection().execute(insert(cast(Table, SearchText.__table__)), rows)
        count += len(rows)
    return count


def _told(session: Session, district_code: str) -> Iterator[list[dict[str, Any]]]:
    """Return the rows of every report of a district, in batches, oldest report first."""
    query = (
        select(
            Report.id,
            Report.case_id,
            Report.external_id,
            Report.place_words,
            Report.text,
            Case.number,
            Case.place,
        )
        .join(Case, Case.id == Report.case_id)
        .where(Report.district_code == district_code)
        .order_by(Report.id)
        .limit(BATCH)
    )
    last: UUID | None = None
    while True:
        page = session.execute(query if last is None else query.where(Report.id > last)).all()
        if not page:
            return
        last = page[-1].id
        yield [
            _row(
                {
                    "id": one.case_id,
                    "number": one.number,
                    "place": one.place,
                    "district_code": district_code,
                },
                dict(one._mapping),
            )
            for one in page
        ]


def found_by(session: Session, asked: str) -> ColumnElement[bool]:
    """Return the condition on `Case` that keeps what all words asked for are told of.

    Words may stand in different reports of one case. Nothing is found by no words.
    """
    wanted = terms(asked)
    if not wanted:
        return false()
    dialect = session.get_bind().dialect.name
    return and_(*(Case.id.in_(_with(term, dialect)) for term in wanted))


def _with(term: Term, dialect: str) -> Select[UUID]:
    """Return a query for the cases one term is told of; terms hold letters and digits only."""
    query = select(SearchText.case_id)
    if dialect == "postgresql":
        parts = [f"'{one}'" for one in term.whole] + [f"'{one}':*" for one in term.begun]
        query = query.where(SearchText.tokens.bool_op("@@")(cast_to(" & ".join(parts), TSQUERY())))
    else:
        parts = [f'"{one}"' for one in term.whole] + [f'"{one}"*' for one in term.begun]
        rows = select(_WORDS.c.rowid).where(_WORDS.c.search_words.match(" ".join(parts)))
        query = query.where(SearchText.row_id.in_(rows))
    if not term.exact:
        query = query.where(SearchText.form.contains(term.canonical, autoescape=True))
    return query


def found_by_phone(lookup: bytes) -> ColumnElement[bool]:
    """Return the condition on `Case` that keeps what somebody with a number reported."""
    return Case.id.in_(
        select(Report.case_id)
        .join(Reporter, Reporter.id == Report.reporter_id)
        .where(Reporter.phone_lookup == lookup, Reporter.erased_at.is_(None))
    )
