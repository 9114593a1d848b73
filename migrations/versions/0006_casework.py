"""The full workflow: clocks that stand, applications, assistance, timers, merged cases.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN_BEFORE = sa.text("state IN ('dispatched', 'handling', 'resolved', 'submitted')")
OPEN = sa.text(
    "state IN ('dispatched', 'handling', 'need_info', 'registered', 'resolved', 'submitted', "
    "'suspended', 'verifying')"
)
RUNNING = sa.text("ended_at IS NULL")
MOMENTS = ("first_due_at", "paused_at", "review_at", "target_at")
CODES = ("back_to", "supervision", "applied_for")
AMOUNTS = ("paused_left", "paused_stage_left")
FLAGS = ("ruled", "self_handled")
COUNTS = ("extension_count", "info_count")
ROWS = {"merged_into_id": "cases", "found_by_id": "people"}


def upgrade() -> None:
    _open_indexes(OPEN_BEFORE, OPEN)
    with op.batch_alter_table("cases") as batch_op:
        batch_op.alter_column("sign_due_at", new_column_name="stage_due_at")
        for name in MOMENTS:
            batch_op.add_column(sa.Column(name, UtcDateTime(), nullable=True))
        for name in CODES:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=True))
        for name in AMOUNTS:
            batch_op.add_column(sa.Column(name, sa.Double(), nullable=True))
        for name in FLAGS:
            batch_op.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
        for name in COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        for name, table in ROWS.items():
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_cases_{name}"), table, [name], ["id"])
    op.create_index("ix_cases_merged_into_id", "cases", ["merged_into_id"])
    with op.batch_alter_table("cases") as batch_op:
        for name in (*FLAGS, *COUNTS):
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.add_column(
            sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("due_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.alter_column("required", server_default=None)
    _applications()
    _timers()
    # What was returned waits for its owner under a name of its own from now on.
    op.execute(
        "UPDATE cases SET state = 'registered' WHERE state = 'submitted' AND return_count > 0"
    )


def _open_indexes(before: sa.TextClause, after: sa.TextClause) -> None:
    """Make the indexes over open cases anew: more states are open."""
    for name, column in (("ix_cases_open", "limit_at"), ("ix_cases_open_lat", "lat")):
        op.drop_index(name, "cases", sqlite_where=before, postgresql_where=before)
        op.create_index(
            name,
            "cases",
            ["district_code", column],
            sqlite_where=after,
            postgresql_where=after,
        )


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("applicant_id", sa.Uuid(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("entry_seq", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_applications_district_code")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_applications_case_id")),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["people.id"], name=op.f("fk_applications_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_applications_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_applications_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index("ix_applications_case_id_decided_at", "applications", ["case_id", "decided_at"])


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_code"], ["districts.code"], name=op.f("fk_timers_district_code")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_timers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
    )
    op.create_index(
        "ix_timers_running",
        "timers",
        ["district_code", "due_at"],
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )
    op.create_index("ix_timers_case_id_ended_at", "timers", ["case_id", "ended_at"])


def downgrade() -> None:
    op.drop_table("timers")
    op.drop_table("applications")
    with op.batch_alter_table("tasks") as batch_op:
        batch_op.drop_column("due_at")
        batch_op.drop_column("required")
    op.drop_index("ix_cases_merged_into_id", "cases")
    # What the older program does not know goes back to where a dispatcher sees it.
    op.execute(
        "UPDATE cases SET state = 'submitted' "
        "WHERE state IN ('need_info', 'registered', 'verifying')"
    )
    op.execute("UPDATE cases SET state = 'handling' WHERE state = 'suspended'")
    op.execute("UPDATE cases SET state = 'rejected' WHERE state IN ('void', 'merged')")
    _open_indexes(OPEN, OPEN_BEFORE)
    with op.batch_alter_table("cases") as batch_op:
        for name in ROWS:
            batch_op.drop_constraint(op.f(f"fk_cases_{name}"), type_="foreignkey")
        for name in (*ROWS, *COUNTS, *FLAGS, *AMOUNTS, *CODES, *MOMENTS):
            batch_op.drop_column(name)
        batch_op.alter_column("stage_due_at", new_column_name="sign_due_at")
