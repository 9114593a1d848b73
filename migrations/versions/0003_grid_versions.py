"""Versions of the net: drafts and their steps, lineage, duties that move, corrections.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PEOPLE_OF_VERSION = ("made_by_id", "activated_by_id", "undone_by_id")
ACTIVE = sa.text("status = 'active'")
WAITING = sa.text("done_at IS NULL")
DUTY_CODES = (
    "duty_town_code",
    "duty_village_code",
    "duty_grid_code",
    "duty_professional_code",
)


def upgrade() -> None:
    _versions()
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("duty_version", sa.Integer(), nullable=True))
        for name in DUTY_CODES:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=True))
        batch_op.add_column(sa.Column("duty_reason", sa.String(), nullable=True))
    _edits()
    _lineage()
    _moves()
    _corrections()


def _versions() -> None:
    with op.batch_alter_table("grid_versions") as batch_op:
        batch_op.add_column(sa.Column("base_number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("note", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("effective_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("undone_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("duties", Json, nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Uuid(), nullable=True))
        for name in PEOPLE_OF_VERSION:
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_grid_versions_{name}"), "people", [name], ["id"])
    op.create_index(
        "uq_grid_versions_active",
        "grid_versions",
        ["district_code"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )


def _edits() -> None:
    op.create_table(
        "grid_edits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grid_version_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by_person_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("carry", Json, nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grid_version_id"], ["grid_versions.id"], name=op.f("fk_grid_edits_grid_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_person_id"], ["people.id"], name=op.f("fk_grid_edits_by_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_edits")),
        sa.UniqueConstraint(
            "grid_version_id", "seq", name=op.f("uq_grid_edits_grid_version_id_seq")
        ),
    )


def _lineage() -> None:
    op.create_table(
        "area_lineage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grid_version_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("from_code", sa.String(), nullable=True),
        sa.Column("to_code", sa.String(), nullable=True),
        sa.Column("share_from", sa.Double(), nullable=False),
        sa.Column("share_to", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_version_id"],
            ["grid_versions.id"],
            name=op.f("fk_area_lineage_grid_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_lineage")),
    )
    op.create_index("ix_area_lineage_grid_version_id", "area_lineage", ["grid_version_id"])


def _moves() -> None:
    op.create_table(
        "grid_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("grid_version_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("was", Json, nullable=False),
        sa.Column("to", Json, nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("before", Json, nullable=True),
        sa.Column("entry_seq", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_grid_moves_district_code")
        ),
        sa.ForeignKeyConstraint(
            ["grid_version_id"], ["grid_versions.id"], name=op.f("fk_grid_moves_grid_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_moves")),
        sa.UniqueConstraint(
            "grid_version_id",
            "cause",
            "case_id",
            name=op.f("uq_grid_moves_grid_version_id_cause_case_id"),
        ),
    )
    op.create_index(
        "ix_grid_moves_waiting",
        "grid_moves",
        ["district_code"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_grid_moves_case_id", "grid_moves", ["case_id"])


def _corrections() -> None:
    op.create_table(
        "border_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("grid_version", sa.Integer(), nullable=False),
        sa.Column("from_code", sa.String(), nullable=False),
        sa.Column("to_code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["districts.code"],
            name=op.f("fk_border_corrections_district_code"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_border_corrections_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_border_corrections")),
    )
    op.create_index(
        "ix_border_corrections_district_code_at", "border_corrections", ["district_code", "at"]
    )


def downgrade() -> None:
    for name in ("border_corrections", "grid_moves", "area_lineage", "grid_edits"):
        op.drop_table(name)
    with op.batch_alter_table("cases") as batch_op:
        for name in ("duty_version", *DUTY_CODES, "duty_reason"):
            batch_op.drop_column(name)
    op.drop_index("uq_grid_versions_active", table_name="grid_versions")
    with op.batch_alter_table("grid_versions") as batch_op:
        for name in PEOPLE_OF_VERSION:
            batch_op.drop_constraint(op.f(f"fk_grid_versions_{name}"), type_="foreignkey")
            batch_op.drop_column(name)
        for name in ("revision", "duties", "undone_at", "effective_on", "note", "base_number"):
            batch_op.drop_column(name)
