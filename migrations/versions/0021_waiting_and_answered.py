"""What waits for its handling over the limit, and what is closed with an answer, are counted.

What stands while its clocks stand is no longer overdue, and the hour in which an open case
came in is kept: the facts are emptied here and folded again from the log by whatever serves
(`gridgov facts rebuild` does it at once).

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COUNTED = ("facts_received", "facts_split_received")
FACTS = (*COUNTED, "facts_happened", "facts_due", "facts_split_due", "facts_tally", "case_facts")
COUNTERS = ("waiting_late", "answered")


def upgrade() -> None:
    _from_the_start()
    for table in COUNTED:
        for name in COUNTERS:
            column = sa.Column(name, sa.Integer(), nullable=False, server_default="0")
            op.add_column(table, column)


def downgrade() -> None:
    _from_the_start()
    for table in COUNTED:
        for name in COUNTERS:
            op.drop_column(table, name)


def _from_the_start() -> None:
    # The cursor first: whoever folds holds it before it writes facts.
    op.execute("UPDATE consumer_cursors SET position = 0 WHERE consumer = 'facts'")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"TRUNCATE {', '.join(FACTS)}")  # a million rows leave no dead ones behind
        return
    for table in FACTS:
        op.execute(f"DELETE FROM {table}")
