"""The desk: what cases are found by, and which lists were taken out.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from gridgov.domain.search_tokens import canonical, tokens
from gridgov.storage.base import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BATCH = 2_000
# Tokens come ready made: ASCII punctuation and spaces cut them, nothing else does.
WORDS = """
    CREATE VIRTUAL TABLE search_words USING fts5 (
        tokens, content='search_texts', content_rowid='row_id',
        tokenize='ascii', detail=none, columnsize=0
    )
"""
ADDED = """
    CREATE TRIGGER search_texts_added AFTER INSERT ON search_texts BEGIN
        INSERT INTO search_words (rowid, tokens) VALUES (new.row_id, new.tokens);
    END
"""
GONE = """
    CREATE TRIGGER search_texts_gone AFTER DELETE ON search_texts BEGIN
        INSERT INTO search_words (search_words, rowid, tokens)
        VALUES ('delete', old.row_id, old.tokens);
    END
"""


def upgrade() -> None:
    """Make the index and fill it from the reports that are there."""
    connection = op.get_bind()
    texts = op.create_table(
        "search_texts",
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name="fk_search_texts_district_code_districts"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_search_texts_case_id_cases"),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name="fk_search_texts_report_id_reports"
        ),
        sa.PrimaryKeyConstraint("row_id", name="pk_search_texts"),
    )
    op.create_index("ix_search_texts_case_id", "search_texts", ["case_id"])
    op.create_index("ix_search_texts_report_id", "search_texts", ["report_id"])
    if connection.dialect.name == "postgresql":
        op.execute("CREATE INDEX search_texts_tokens_gin ON search_texts USING gin (tokens)")
    else:
        for statement in (WORDS, ADDED, GONE):
            op.execute(statement)
    _fill(connection, texts)
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("list_name", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name="fk_exports_district_code_districts"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_exports_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
    )
    op.create_index("ix_exports_district_code_at", "exports", ["district_code", "at"])


def _fill(connection: sa.Connection, texts: sa.Table) -> None:
    reports = sa.table(
        "reports",
        sa.column("id", sa.Uuid()),
        sa.column("case_id", sa.Uuid()),
        *(sa.column(name) for name in ("district_code", "external_id", "place_words", "text")),
    )
    cases = sa.table("cases", sa.column("id", sa.Uuid()), sa.column("number"), sa.column("place"))
    query = (
        sa.select(reports, cases.c.number, cases.c.place)
        .join(cases, cases.c.id == reports.c.case_id)
        .order_by(reports.c.id)
        .limit(BATCH)
    )
    page = connection.execute(query).all()
    while page:
        connection.execute(texts.insert(), [_row(one) for one in page])
        page = connection.execute(query.where(reports.c.id > page[-1].id)).all()


def _row(one: sa.Row) -> dict:
    form = canonical((one.number, one.external_id, one.place, one.place_words, one.text))
    return {
        "district_code": one.district_code,
        "case_id": one.case_id,
        "report_id": one.id,
        "form": form,
        "tokens": tokens(form),
    }


def downgrade() -> None:
    """Take the index and the list of exports away."""
    op.drop_table("exports")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_texts")
