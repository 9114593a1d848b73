"""Who helps on a case sees it: look-ups of open assisting and verifying tasks.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IS_HELPING = sa.text("ended_at IS NULL AND kind IN ('assist', 'verify')")
INDEXES = {"ix_tasks_helping_units": "unit_code", "ix_tasks_helping_people": "person_id"}


def upgrade() -> None:
    for name, column in INDEXES.items():
        op.create_index(
            name, "tasks", [column], sqlite_where=IS_HELPING, postgresql_where=IS_HELPING
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "tasks")
