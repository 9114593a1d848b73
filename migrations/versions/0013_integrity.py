"""Closings that deserve a second look: what pictures say of themselves, and copies found.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LOOKS = ("look_0", "look_1", "look_2", "look_3")
NUMBERS = (*LOOKS, "distance_m", "minutes")


def upgrade() -> None:
    op.add_column("cases", sa.Column("closing_hints", sa.String(), nullable=True))
    with op.batch_alter_table("photos") as table:
        for name in NUMBERS:
            table.add_column(sa.Column(name, sa.Integer(), nullable=True))
        table.add_column(sa.Column("repeats_id", sa.Uuid(), nullable=True))
        table.create_foreign_key("fk_photos_repeats_id_photos", "photos", ["repeats_id"], ["id"])
    op.create_index("ix_photos_sha256", "photos", ["sha256"])
    for name in LOOKS:
        known = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_photos_{name}", "photos", [name], sqlite_where=known, postgresql_where=known
        )


def downgrade() -> None:
    for name in LOOKS:
        op.drop_index(f"ix_photos_{name}", "photos")
    op.drop_index("ix_photos_sha256", "photos")
    with op.batch_alter_table("photos") as table:
        table.drop_constraint("fk_photos_repeats_id_photos", type_="foreignkey")
        for name in ("repeats_id", *NUMBERS):
            table.drop_column(name)
    op.drop_column("cases", "closing_hints")
