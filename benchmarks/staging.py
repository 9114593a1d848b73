"""Many rows from few: the database writes out what Python says once for a group of grids."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Executable,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.domain.counters import counters_of
from gridgov.storage import facts

MOST = 64  # cases of one life and day in one grid
Path = tuple[str, str, str, str]  # the codes from the district down to a grid
AREA_CODES = ("district_code", "town_code", "village_code", "grid_code")
CHUNK = 5_000


class Multiplied:
    """Writes each staged row `n` times for every grid of its group.

    The ids follow from the prototype `p`, the place of the grid in its group and the copy.
    """

    def __init__(
        self, session: Session, table: Table, key: str, columns: list[str], members: Table
    ) -> None:
        """Make the temporary table; `columns` are those a staged row fills."""
        self.session, self.table, self.key, self.columns = session, table, key, columns
        self.members = members
        self.sqlite = session.get_bind().dialect.name == "sqlite"
        metadata = MetaData()
        self.numbered = Table(
            f"numbered_{table.name}",
            metadata,
            Column("k", Integer, primary_key=True),
            prefixes=["TEMPORARY"],
        )
        self.staged = Table(
            f"staged_{table.name}",
            metadata,
            Column("p", BigInteger),
            Column("n", Integer),
            Column("g", Integer),
            *(Column(name, table.c[name].type) for name in columns),
            prefixes=["TEMPORARY"],
        )
        metadata.create_all(session.connection())
        session.execute(insert(self.numbered), [{"k": k} for k in range(MOST)])

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write staged rows, each with its `p`, `n` and `g`, as many times as they say."""
        staged, numbered, members = self.staged, self.numbered, self.members
        for start in range(0, len(rows), CHUNK):
            self.session.execute(insert(staged), rows[start : start + CHUNK])
        copy = f"(m * {MOST} + k)"
        made = f"printf('%016x%016x', p, {copy})"
        if not self.sqlite:
            made = f"(lpad(to_hex(p), 16, '0') || lpad(to_hex({copy}::bigint), 16, '0'))::uuid"
        columns = [literal_column(made), *(members.c[name] for name in AREA_CODES)]
        columns += [staged.c[name] for name in self.columns]
        names = [self.key, *AREA_CODES, *self.columns]
        if "number" in self.table.c:
            columns.append(literal_column(f"CAST(p AS VARCHAR) || '-' || CAST({copy} AS VARCHAR)"))
            names.append("number")
        many = (
            select(*columns)
            .join_from(staged, members, members.c.g == staged.c.g)
            .join(numbered, numbered.c.k < staged.c.n)
        )
        self.session.execute(insert(self.table).from_select(names, many, include_defaults=False))
        self.session.execute(delete(staged))


def members(session: Session, groups: Sequence[Sequence[Path]]) -> Table:
    """Make and fill the temporary table of the grids of each group."""
    found = Table(
        "members",
        MetaData(),
        Column("g", Integer, primary_key=True),
        Column("m", Integer, primary_key=True),
        *(Column(name, String) for name in AREA_CODES),
        prefixes=["TEMPORARY"],
    )
    found.create(session.connection())
    rows = [
        {"g": g, "m": m, **dict(zip(AREA_CODES, path, strict=True))}
        for g, paths in enumerate(groups)
        for m, path in enumerate(paths)
    ]
    session.execute(insert(found), rows)
    return found


Areas = dict[str, tuple[str, int]]


def spread(session: Session, district_code: str, areas: Areas) -> None:
    """Write the facts that stand under the name of a group for its areas, and take them away.

    `areas`: code → name of the group, and how often what stands there counts in the area.
    Areas go in order and rows in the order of the key: each lies behind the one before.
    """
    names = sorted({name for name, _times in areas.values()})
    for table, found in facts.TABLES.items():
        under_names = and_(found.c.district_code == district_code, found.c.area_code.in_(names))
        # Aside: looked for in a table that grows with each area, they were found ever slower.
        aside = Table(
            f"aside_{found.name}",
            MetaData(),
            *(Column(c.name, c.type, index=c.name == "area_code") for c in found.columns),
            prefixes=["TEMPORARY"],
        )
        aside.create(session.connection())
        all_columns = list(aside.columns.keys())
        session.execute(insert(aside).from_select(all_columns, select(found).where(under_names)))
        session.execute(delete(found).where(under_names))
        session.execute(text(f"ANALYZE {aside.name}"))
        copied = _copied(session, found, aside, counters_of(table))
        for code, (name, many) in sorted(areas.items()):
            session.execute(copied, {"area": code, "times": many, "name": name})
        aside.drop(session.connection())


def _copied(session: Session, table: Table, aside: Table, counters: Sequence[str]) -> Executable:
    """Return the statement that adds the rows of a name, so many times, to those of an area."""
    area, times = bindparam("area", type_=String), bindparam("times", type_=Integer)
    given = [
        area.label(c.name) if c.name == "area_code" else c * times if c.name in counters else c
        for c in aside.columns
    ]
    key = [column.name for column in table.primary_key]
    rows = (
        select(*given)
        .where(aside.c.area_code == bindparam("name"))
        .order_by(*(aside.c[name] for name in key[2:]))
    )
    postgres = session.get_bind().dialect.name == "postgresql"
    new = (postgresql.insert if postgres else sqlite.insert)(table)
    return new.from_select(list(table.columns), rows).on_conflict_do_update(
        index_elements=key, set_={one: table.c[one] + new.excluded[one] for one in counters}
    )


@contextmanager
def hurried(session: Session, tables: Sequence[Table]) -> Iterator[None]:
    """Write with much memory, and make the indexes of some tables when everything is in.

    Where the role may, foreign keys are not looked up: what is written here is known to fit.
    """
    if session.get_bind().dialect.name == "sqlite":
        indexes = _INDEXES_OF_SQLITE
        session.execute(text("PRAGMA cache_size = -1000000"))
    else:
        indexes = _INDEXES_OF_POSTGRESQL
        session.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        session.execute(text("SET LOCAL work_mem = '256MB'"))
        session.execute(
            text(
                "SELECT set_config('session_replication_role', 'replica', true) "
                "FROM pg_roles WHERE rolname = current_user AND rolsuper"
            )
        )
    query = text(indexes).bindparams(bindparam("tables", expanding=True))
    kept = session.execute(query, {"tables": [table.name for table in tables]}).all()
    for name, _made in kept:
        session.execute(text(f"DROP INDEX {name}"))
    yield
    for _name, made in kept:
        session.connection().exec_driver_sql(made)


_INDEXES_OF_SQLITE = """
    SELECT name, sql FROM sqlite_master
    WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN :tables
"""
_INDEXES_OF_POSTGRESQL = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid::regclass::text IN :tables
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
