"""The roster: leaves, shifts, hand-overs with their receipts, and vacancies.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IS_DUE = sa.text("next_at IS NOT NULL")
IS_WAITING = sa.text("taken_at IS NULL AND declined_at IS NULL AND lapsed_at IS NULL")
IS_VACANT = sa.text("ended_at IS NULL")


def _id() -> sa.Column:
    return sa.Column("id", sa.Uuid(), primary_key=True)


def _district() -> sa.Column:
    return sa.Column("district_code", sa.String(), sa.ForeignKey("districts.code"), nullable=False)


def _person(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.Uuid(), sa.ForeignKey("people.id"), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "leaves",
        _id(),
        _district(),
        _person("person_id", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        _moment("starts_at", nullable=False),
        _moment("ends_at", nullable=False),
        _person("covered_by_id"),
        _moment("asked_at", nullable=False),
        _person("asked_by_id"),
        _moment("decided_at"),
        _person("decided_by_id"),
        sa.Column("granted", sa.Boolean(), nullable=True),
        _moment("begun_at"),
        _moment("ended_at"),
        _moment("next_at"),
    )
    op.create_index("ix_leaves_person_id_ends_at", "leaves", ["person_id", "ends_at"])
    op.create_index(
        "ix_leaves_due",
        "leaves",
        ["district_code", "next_at"],
        sqlite_where=IS_DUE,
        postgresql_where=IS_DUE,
    )
    op.create_table(
        "shifts",
        _id(),
        _district(),
        _person("person_id", nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        _moment("set_at", nullable=False),
        _person("set_by_id"),
    )
    op.create_index("ix_shifts_person_id", "shifts", ["person_id"])
    op.create_table(
        "hand_overs",
        _id(),
        _district(),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("leave_id", sa.Uuid(), sa.ForeignKey("leaves.id"), nullable=True),
        _person("from_person_id", nullable=False),
        _person("to_person_id"),
        sa.Column("to_unit_code", sa.String(), nullable=True),
        sa.Column("items", Json, nullable=False),
        _moment("offered_at", nullable=False),
        _moment("taken_at"),
        _person("taken_by_id"),
        _moment("declined_at"),
        sa.Column("decline_reason", sa.String(), nullable=True),
        _moment("lapsed_at"),
    )
    op.create_index(
        "ix_hand_overs_waiting",
        "hand_overs",
        ["to_person_id"],
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    )
    op.create_index("ix_hand_overs_leave_id", "hand_overs", ["leave_id"])
    op.create_index(
        "ix_hand_overs_district_code_offered_at", "hand_overs", ["district_code", "offered_at"]
    )
    op.create_table(
        "vacancies",
        _id(),
        _district(),
        sa.Column("area_code", sa.String(), nullable=False),
        _moment("since", nullable=False),
        _moment("ended_at"),
    )
    op.create_index(
        "ix_vacancies_now",
        "vacancies",
        ["district_code", "area_code"],
        unique=True,
        sqlite_where=IS_VACANT,
        postgresql_where=IS_VACANT,
    )


def downgrade() -> None:
    for table in ("vacancies", "hand_overs", "shifts", "leaves"):
        op.drop_table(table)
