"""What workers found and did themselves is counted apart.

Databases whose log was written before keep 0 for their old cases.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("facts_received", "facts_split_received")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("self_handled", sa.Integer(), nullable=False, server_default="0")
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "self_handled")
