"""Find the reports of one coordinate at once: is it a geocoder's "I do not know"?

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAME = "ix_reports_district_code_raw_lon_raw_lat"


def upgrade() -> None:
    op.create_index(NAME, "reports", ["district_code", "raw_lon", "raw_lat"])


def downgrade() -> None:
    op.drop_index(NAME, "reports")
