"""Setting a district up: versions of the catalogue, units that end, links for a password.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("categories") as batch_op:
        batch_op.add_column(
            sa.Column("ended", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("categories") as batch_op:
        batch_op.alter_column("ended", server_default=None)
    with op.batch_alter_table("units") as batch_op:
        batch_op.add_column(sa.Column("contact", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("ended_on", sa.Date(), nullable=True))
    with op.batch_alter_table("units") as batch_op:
        batch_op.alter_column("contact", server_default=None)
    with op.batch_alter_table("people") as batch_op:
        batch_op.add_column(
            sa.Column("one_time", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("people") as batch_op:
        batch_op.alter_column("one_time", server_default=None)
    op.create_table(
        "password_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_password_links_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index("ix_password_links_person_id", "password_links", ["person_id"])
    op.create_table(
        "setup_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_person_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("changes", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_person_id"], ["people.id"], name=op.f("fk_setup_changes_by_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_setup_changes_district_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_changes")),
    )
    op.create_index(
        "ix_setup_changes_district_code_what_at",
        "setup_changes",
        ["district_code", "what", "at"],
    )


def downgrade() -> None:
    op.drop_table("setup_changes")
    op.drop_table("password_links")
    with op.batch_alter_table("people") as batch_op:
        batch_op.drop_column("one_time")
    with op.batch_alter_table("units") as batch_op:
        batch_op.drop_column("ended_on")
        batch_op.drop_column("contact")
    with op.batch_alter_table("categories") as batch_op:
        batch_op.drop_column("ended")
