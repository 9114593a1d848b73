"""The machine door: joined reports, numbers from elsewhere, keys with a channel.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY_OF_REPORT = "fk_reports_api_key_id"
MAKER_OF_KEY = "fk_api_keys_made_by_id"
OPEN = "state IN ('dispatched', 'handling', 'resolved', 'submitted')"


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(), nullable=False, server_default="api"))
        batch_op.add_column(sa.Column("made_by_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f(MAKER_OF_KEY), "people", ["made_by_id"], ["id"])
    with op.batch_alter_table("api_keys") as batch_op:
        batch_op.alter_column("channel", server_default=None)
    with op.batch_alter_table("reporters") as batch_op:
        batch_op.add_column(sa.Column("name_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("reports") as batch_op:
        batch_op.add_column(
            sa.Column("joined", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("external_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("api_key_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("answers", Json, nullable=True))
        batch_op.create_foreign_key(op.f(KEY_OF_REPORT), "api_keys", ["api_key_id"], ["id"])
        batch_op.create_index(
            "ix_reports_district_code_external_id", ["district_code", "external_id"]
        )
        batch_op.create_index("ix_reports_api_key_id", ["api_key_id"])
    with op.batch_alter_table("reports") as batch_op:
        batch_op.alter_column("joined", server_default=None)
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("updated_at", UtcDateTime(), nullable=True))
    # The last line of a case is when it changed last.
    op.execute(
        "UPDATE cases SET updated_at = (SELECT max(at) FROM case_history"
        " WHERE case_history.case_id = cases.id)"
    )
    with op.batch_alter_table("cases") as batch_op:
        batch_op.alter_column("updated_at", existing_type=UtcDateTime(), nullable=False)
        batch_op.create_index("ix_cases_district_code_updated_at", ["district_code", "updated_at"])
    op.create_index(
        "ix_cases_open_lat",
        "cases",
        ["district_code", "lat"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_index("ix_case_history_district_code_at", "case_history", ["district_code", "at"])


def downgrade() -> None:
    op.drop_index("ix_case_history_district_code_at", table_name="case_history")
    op.drop_index("ix_cases_open_lat", table_name="cases")
    with op.batch_alter_table("cases") as batch_op:
        batch_op.drop_index("ix_cases_district_code_updated_at")
        batch_op.drop_column("updated_at")
    with op.batch_alter_table("reports") as batch_op:
        batch_op.drop_index("ix_reports_api_key_id")
        batch_op.drop_index("ix_reports_district_code_external_id")
        batch_op.drop_constraint(op.f(KEY_OF_REPORT), type_="foreignkey")
        for name in ("answers", "api_key_id", "external_id", "joined"):
            batch_op.drop_column(name)
    with op.batch_alter_table("reporters") as batch_op:
        batch_op.drop_column("email_sealed")
        batch_op.drop_column("name_sealed")
    with op.batch_alter_table("api_keys") as batch_op:
        batch_op.drop_constraint(op.f(MAKER_OF_KEY), type_="foreignkey")
        batch_op.drop_column("made_by_id")
        batch_op.drop_column("channel")
