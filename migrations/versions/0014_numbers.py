"""The number engine: facts under spans, their cuts, and each case as the counters saw it.

The tables of facts are made anew and the folder starts at the beginning of the log: what
they hold follows from it (`gridgov facts rebuild`).

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN = (
    "state IN ('dispatched', 'handling', 'need_info', 'registered', 'resolved', 'submitted', "
    "'suspended', 'verifying')"
)
UNMARKED = sa.text(f"{OPEN} AND overdue_at IS NULL")
RECEIVED = [
    "received",
    "closed",
    "invalid",
    "open",
    "rejected",
    "void",
    "merged",
    "transferred",
    "to_accept",
    "accepted",
    "accepted_on_time",
    "accepted_late",
    "registered",
    "registered_on_time",
    "registered_late",
    "registered_right",
    "dispatched",
    "dispatched_on_time",
    "dispatched_late",
    "dispatched_right",
    "handled",
    "handled_on_time",
    "handled_late",
    "closed_on_time",
    "closed_late",
    "overdue",
    "returned",
    "reworked",
    "extended",
    "suspended",
    "reopened",
    "to_respond",
    "responded",
    "responded_on_time",
    "closed_here",
    "one_go",
    "repeated",
    "closed_grid",
    "closed_village",
    "closed_town",
    "closed_district",
    "asked_solved",
    "solved",
    "asked_satisfied",
    "satisfied",
    "spot_checked",
    "spot_passed",
    "matured",
    "should_close",
    "repeats",
]
HAPPENED = [
    "received",
    "closed",
    "returned",
    "passed_up",
    "reworked",
    "reopened",
    "rejected",
    "transferred",
    "overdue",
    "void",
    "merged",
    "taken_back",
    "extended",
    "suspended",
    "joined",
    "urged",
    "supervised",
    "appealed",
]
DUE = [
    "due",
    "closed",
    "closed_on_time",
    "closed_late",
    "first_due",
    "first_closed",
    "first_closed_on_time",
]
NARROW = {"facts_received": RECEIVED, "facts_happened": HAPPENED, "facts_due": DUE}
CUTS = {"facts_split_received": RECEIVED, "facts_split_due": DUE, "facts_tally": ["cases"]}
OLD = {
    "facts_received": "received closed invalid",
    "facts_happened": "received closed returned passed_up reworked reopened rejected "
    "transferred overdue",
    "facts_due": "due closed closed_on_time",
}


def _facts(name: str, key: list[str], counters: list[str]) -> None:
    days = ("day", "changed_on")
    op.create_table(
        name,
        sa.Column("district_code", sa.String(), nullable=False),
        *(sa.Column(one, sa.Date() if one in days else sa.String(), nullable=False) for one in key),
        *(sa.Column(one, sa.Integer(), nullable=False, server_default="0") for one in counters),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f(f"fk_{name}_district_code")
        ),
        sa.PrimaryKeyConstraint("district_code", *key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _from_the_start() -> None:
    op.execute("UPDATE consumer_cursors SET position = 0 WHERE consumer = 'facts'")


def _case_facts() -> None:
    texts = ("town_code", "village_code", "grid_code", "professional_code")
    op.create_table(
        "case_facts",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in texts),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("case_class", "category", "unit", "channel", "cell")
        ),
        *(
            sa.Column(name, sa.Date(), nullable=False)
            for name in ("received_on", "due_on", "first_due_on")
        ),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("hour", "closed_after", "responded_after")
        ),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("flags", sa.BigInteger(), nullable=False),
        sa.Column("due_flags", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_facts")),
    )
    for name in ("district", "town", "village", "grid"):
        op.create_index(
            f"ix_case_facts_{name}", "case_facts", [f"{name}_code", "received_on", "case_id"]
        )
    known = sa.text("professional_code IS NOT NULL")
    op.create_index(
        "ix_case_facts_professional",
        "case_facts",
        ["professional_code", "received_on"],
        sqlite_where=known,
        postgresql_where=known,
    )
    for name in ("district", "village"):
        op.create_index(
            f"ix_case_facts_{name}_due", "case_facts", [f"{name}_code", "due_on", "case_id"]
        )


def upgrade() -> None:
    for name, counters in NARROW.items():
        op.drop_table(name)
        _facts(name, ["area_code", "span", "day", "changed_on", "case_class"], counters)
    for name, counters in CUTS.items():
        key = ["area_code", "dim", "span", "day", "value", "changed_on", "case_class"]
        _facts(name, key, counters)
    _case_facts()
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("passed", Json, nullable=False, server_default="{}"))
    op.create_index(
        "ix_cases_unmarked",
        "cases",
        ["district_code", "limit_at"],
        sqlite_where=UNMARKED,
        postgresql_where=UNMARKED,
    )
    op.create_index("ix_messages_district_code_at", "messages", ["district_code", "at"])
    _from_the_start()


def downgrade() -> None:
    op.drop_index("ix_messages_district_code_at", "messages")
    op.drop_index("ix_cases_unmarked", "cases")
    with op.batch_alter_table("cases") as batch_op:
        batch_op.drop_column("passed")
        batch_op.drop_column("channel")
    op.drop_table("case_facts")
    for name in CUTS:
        op.drop_table(name)
    for name, counters in OLD.items():
        op.drop_table(name)
        _facts(name, ["area_code", "day", "case_class"], counters.split())
    _from_the_start()
