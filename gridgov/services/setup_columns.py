"""The columns of the files offices fill in: their names in two languages, notes, an example.

A file may name a column by its key or by its name in either language, in any order.
"""

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gridgov.domain.table_imports import Table

SOURCE = Path(__file__).with_name("setup_columns.csv")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `shape` is text, code, flag, date or limit, `needed` in the header."""

    key: str
    name: str
    name_en: str
    shape: str
    needed: bool
    note: str
    note_en: str
    example: str = ""

    def names(self) -> frozenset[str]:
        """Return what the header may say, plain."""
        return frozenset(map(plain, (self.key, self.name, self.name_en)))


def plain(text: str) -> str:
    """Return a header's words without width, case, blanks and marks of what is needed."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in wide if not sign.isspace() and sign not in "*:")


def _read() -> dict[Table, tuple[Column, ...]]:
    found: dict[Table, list[Column]] = {table: [] for table in Table}
    with SOURCE.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            table = Table(row.pop("table"))
            found[table].append(Column(**{**row, "needed": row["needed"] == "1"}))  # type: ignore[arg-type]
    return {table: tuple(columns) for table, columns in found.items()}


COLUMNS: Mapping[Table, tuple[Column, ...]] = _read()
# What people write in a cell, and what is kept of it.
WORDS: Mapping[str, Mapping[str, str]] = {
    "flag": {
        **dict.fromkeys(("1", "1.0", "是", "有", "yes", "y", "true", "√", "✓", "在岗"), "1"),
        **dict.fromkeys(("0", "0.0", "否", "无", "no", "n", "false", "×", "离岗"), "0"),
    },
    "role": {
        "网格员": "worker",
        "经办人": "handler",
        "派遣员": "dispatcher",
        "督导员": "supervisor",
        "综合办": "office",
        "系统管理员": "system_admin",
        "安全管理员": "security_admin",
        "审计管理员": "audit_admin",
    },
    "kind": {"主责": "lead", "a岗": "lead", "a": "lead", "主责(a岗)": "lead"}
    | {"协助": "deputy", "b岗": "deputy", "b": "deputy", "协助(b岗)": "deputy"}
    | {"代岗": "cover", "夜班": "night", "志愿者": "volunteer"},
    "level": {"区级": "district", "镇街": "town", "村居": "village", "公用企业": "utility"}
    | {"区": "district", "镇": "town", "街道": "town", "村": "village"},
    "default_level": {"网格": "grid", "村居": "village", "镇街": "town", "区": "district"}
    | {"村": "village", "镇": "town", "街道": "town", "区级": "district"},
}
