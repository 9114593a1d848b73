"""What a reporter may do later: take one's own report back, ask for a lost receipt code.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reports") as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("phone_lookup", sa.LargeBinary(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("category_code", sa.String(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["people.id"], name=op.f("fk_recoveries_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_recoveries_district_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    op.create_index(
        "ix_recoveries_phone_lookup_asked_at", "recoveries", ["phone_lookup", "asked_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_recoveries_phone_lookup_asked_at", "recoveries")
    op.drop_table("recoveries")
    with op.batch_alter_table("reports") as batch_op:
        batch_op.drop_column("withdrawn_at")
