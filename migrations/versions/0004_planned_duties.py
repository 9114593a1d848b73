"""Duties that begin with the activation of a draft.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planned_duties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grid_version_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by_person_id", sa.Uuid(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_version_id"],
            ["grid_versions.id"],
            name=op.f("fk_planned_duties_grid_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_planned_duties_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["by_person_id"], ["people.id"], name=op.f("fk_planned_duties_by_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_duties")),
        sa.UniqueConstraint(
            "grid_version_id",
            "area_code",
            "person_id",
            name=op.f("uq_planned_duties_grid_version_id_area_code_person_id"),
        ),
    )


def downgrade() -> None:
    op.drop_table("planned_duties")
