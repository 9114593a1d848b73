"""Reports of a unit, the definitions each report was counted by, and corrections that are told.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

EDITION = ["district_code", "area_code", "language", "kind", "first_day", "edition"]
SCHEDULE = ["district_code", "area_code", "kind", "person_id"]
OLD_SCHEDULE = "uq_report_schedules_district_code_area_code_kind_person_id"


def upgrade() -> None:
    with op.batch_alter_table("period_reports") as table:
        table.add_column(sa.Column("unit_code", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("definitions", Json, nullable=False, server_default="{}"))
        table.add_column(
            sa.Column("corrects", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.drop_constraint("uq_period_reports_edition", type_="unique")
        table.create_unique_constraint("uq_period_reports_edition", ["unit_code", *EDITION])
    with op.batch_alter_table("report_schedules") as table:
        table.add_column(sa.Column("unit_code", sa.String(), nullable=False, server_default=""))
        table.add_column(
            sa.Column("told_edition", sa.Integer(), nullable=False, server_default="0")
        )
        table.add_column(sa.Column("checked_on", sa.Date(), nullable=True))
        table.drop_constraint(op.f(OLD_SCHEDULE), type_="unique")
        table.create_unique_constraint("uq_report_schedules_wish", ["unit_code", *SCHEDULE])


def downgrade() -> None:
    # What there was no room for before goes: the reports of units, and who asked for them.
    op.execute("DELETE FROM report_schedules WHERE unit_code <> ''")
    op.execute("DELETE FROM period_reports WHERE unit_code <> ''")
    with op.batch_alter_table("report_schedules") as table:
        table.drop_constraint("uq_report_schedules_wish", type_="unique")
        table.create_unique_constraint(op.f(OLD_SCHEDULE), SCHEDULE)
        for name in ("checked_on", "told_edition", "unit_code"):
            table.drop_column(name)
    with op.batch_alter_table("period_reports") as table:
        table.drop_constraint("uq_period_reports_edition", type_="unique")
        table.create_unique_constraint("uq_period_reports_edition", EDITION)
        for name in ("corrects", "definitions", "unit_code"):
            table.drop_column(name)
