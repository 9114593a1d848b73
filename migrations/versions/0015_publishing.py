"""What a district publishes: announcements, released pictures, open data month by month.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from gridgov.storage.base import Json, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("withdrawn_at IS NULL")
PEOPLE, DISTRICTS = ("people", "id"), ("districts", "code")
# In the order in which they are made; they go the other way round.
TABLES = (
    "publishing_rules",
    "announcements",
    "releases",
    "publishing_acts",
    "editions",
    "published_cells",
    "published_received",
    "published_cases",
)


def upgrade() -> None:
    _rules_and_acts()
    _announcements()
    _releases()
    _editions()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime(), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _refers(table: str, column: str, target: tuple[str, str]) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [".".join(target)], name=f"fk_{table}_{column}")


def _rules_and_acts() -> None:
    op.create_table(
        "publishing_rules",
        _text("district_code"),
        sa.Column("rules", Json, nullable=False),
        _refers("publishing_rules", "district_code", DISTRICTS),
        _key("publishing_rules", "district_code"),
    )
    op.create_table(
        "publishing_acts",
        _id("id"),
        _text("district_code"),
        _text("area_code"),
        _text("act"),
        _text("subject"),
        sa.Column("details", Json, nullable=False),
        _id("by_id", nullable=True),
        _moment("at"),
        _refers("publishing_acts", "district_code", DISTRICTS),
        _refers("publishing_acts", "by_id", PEOPLE),
        _key("publishing_acts", "id"),
    )
    op.create_index(
        "ix_publishing_acts_district_code_id", "publishing_acts", ["district_code", "id"]
    )


def _announcements() -> None:
    op.create_table(
        "announcements",
        _id("id"),
        *map(_text, ("district_code", "area_code", "title", "title_en", "text", "text_en")),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        _id("made_by_id"),
        _moment("made_at"),
        _moment("withdrawn_at", nullable=True),
        _id("withdrawn_by_id", nullable=True),
        _refers("announcements", "district_code", DISTRICTS),
        _refers("announcements", "made_by_id", PEOPLE),
        _refers("announcements", "withdrawn_by_id", PEOPLE),
        _key("announcements", "id"),
    )
    op.create_index(
        "ix_announcements_district_code_area_code",
        "announcements",
        ["district_code", "area_code"],
    )


def _releases() -> None:
    op.create_table(
        "releases",
        _id("id"),
        _text("district_code"),
        _id("case_id"),
        _text("town_code", nullable=True),
        _text("village_code", nullable=True),
        _moment("closed_at"),
        _id("photo_id", nullable=True),
        _text("reply", nullable=True),
        sa.Column("checks", Json, nullable=False),
        _id("released_by_id"),
        _moment("released_at"),
        _moment("withdrawn_at", nullable=True),
        _id("withdrawn_by_id", nullable=True),
        _refers("releases", "district_code", DISTRICTS),
        _refers("releases", "case_id", ("cases", "id")),
        _refers("releases", "photo_id", ("photos", "id")),
        _refers("releases", "released_by_id", PEOPLE),
        _refers("releases", "withdrawn_by_id", PEOPLE),
        _key("releases", "id"),
    )
    op.create_index("ix_releases_case_id", "releases", ["case_id"])
    for name, columns, unique in (
        ("uq_releases_photo_id", ["photo_id"], True),
        ("ix_releases_district_code_closed_at", ["district_code", "closed_at"], False),
        ("ix_releases_village_code_closed_at", ["village_code", "closed_at"], False),
    ):
        op.create_index(
            name,
            "releases",
            columns,
            unique=unique,
            sqlite_where=IN_FORCE,
            postgresql_where=IN_FORCE,
        )


def _editions() -> None:
    op.create_table(
        "editions",
        _text("district_code"),
        sa.Column("month", sa.Date(), nullable=False),
        _moment("made_at"),
        *map(_number, ("k", "cell_m", "grid_version", "catalogue_version", "cases")),
        _moment("withdrawn_at", nullable=True),
        _id("withdrawn_by_id", nullable=True),
        _refers("editions", "district_code", DISTRICTS),
        _refers("editions", "withdrawn_by_id", PEOPLE),
        _key("editions", "district_code", "month"),
    )
    _part("published_cells", ("area_code", "category"), "area_kind", "category_kind", closed=False)
    _part("published_received", ("area_code",), "area_kind", closed=True)
    op.create_table(
        "published_cases",
        _text("district_code"),
        sa.Column("month", sa.Date(), nullable=False),
        _number("seq"),
        _id("case_id"),
        *map(_text, ("area_code", "area_kind", "category", "category_kind")),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        _number("square_m", nullable=True),
        _number("days"),
        _refers("published_cases", "district_code", DISTRICTS),
        _refers("published_cases", "case_id", ("cases", "id")),
        _key("published_cases", "district_code", "month", "seq"),
    )
    op.create_index("uq_published_cases_case_id", "published_cases", ["case_id"], unique=True)


def _part(table: str, keys: tuple[str, ...], *kinds: str, closed: bool) -> None:
    """Make a table of figures of a month; `closed`: the numbers of `published_received`."""
    numbers = (
        (_number("received"), _number("closed", nullable=True), _number("more_than", nullable=True))
        if closed
        else (_number("closed"),)
    )
    op.create_table(
        table,
        _text("district_code"),
        sa.Column("month", sa.Date(), nullable=False),
        *map(_text, (*keys, *kinds)),
        *numbers,
        _refers(table, "district_code", DISTRICTS),
        _key(table, "district_code", "month", *keys),
    )
    op.create_index(f"ix_{table}_area_code", table, ["district_code", "area_code"])
