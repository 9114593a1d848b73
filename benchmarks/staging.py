"""Many rows from few: a staged row says how many of its like the database shall write."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Table,
    delete,
    insert,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

MOST = 64  # cases of one life, grid and day


class Multiplied:
    """Writes rows of one table `n` times each; the ids follow from the prototype `p`."""

    def __init__(self, session: Session, table: Table, key: str, columns: list[str]) -> None:
        """Make the temporary table; `columns` are those a staged row fills."""
        self.session, self.table, self.key, self.columns = session, table, key, columns
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
            *(Column(name, table.c[name].type) for name in columns),
            prefixes=["TEMPORARY"],
        )
        metadata.create_all(session.connection())
        session.execute(insert(self.numbered), [{"k": k} for k in range(MOST)])

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Write staged rows, each with its `p` and `n`, as many times as they say."""
        staged, numbered = self.staged, self.numbered
        self.session.execute(insert(staged), rows)
        made = "printf('%016x%016x', p, k)"
        if not self.sqlite:
            made = "(lpad(to_hex(p), 16, '0') || lpad(to_hex(k::bigint), 16, '0'))::uuid"
        columns = [literal_column(made), *(staged.c[name] for name in self.columns)]
        names = [self.key, *self.columns]
        if "number" in self.table.c:
            columns.append(literal_column("CAST(p AS VARCHAR) || '-' || CAST(k AS VARCHAR)"))
            names.append("number")
        many = select(*columns).join_from(staged, numbered, numbered.c.k < staged.c.n)
        self.session.execute(insert(self.table).from_select(names, many, include_defaults=False))
        self.session.execute(delete(staged))
