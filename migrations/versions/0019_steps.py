"""The steps of staged limits are kept with each case, and come due as rows.

Open cases of before get theirs with the next sweep, which goes over all of them once.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_districts = sa.table("districts", sa.column("code", sa.String()), sa.column("settings", Json))


def upgrade() -> None:
    op.add_column("cases", sa.Column("steps", Json, nullable=False, server_default="[]"))
    connection = op.get_bind()
    for code, settings in connection.execute(sa.select(_districts)).all():
        connection.execute(
            sa.update(_districts)
            .where(_districts.c.code == code)
            .values(settings={**settings, "timers_filled": False})
        )


def downgrade() -> None:
    op.drop_column("cases", "steps")
