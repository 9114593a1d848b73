"""The form that says what a file of areas means: columns, coordinates, kind, texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from gridgov.domain import area_imports
from gridgov.domain.area_imports import FIELDS, Column, Looked, NoteWords
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum, parse_datum
from gridgov.domain.datum_guess import NAMES
from gridgov.domain.errors import InvalidInput
from gridgov.web import area_file_words as said

AS_SAID, PROJECTED = "said", "crs"  # what the file itself says; an EPSG code
ALL_ARE, IN_COLUMN = "is:", "in:"
COLUMNS = tuple(one for one in FIELDS if one != "kind")
KINDS = (AreaKind.GRID, AreaKind.VILLAGE, AreaKind.TOWN, AreaKind.PROFESSIONAL, AreaKind.DISTRICT)
ENCODINGS = {"utf-8": "UTF-8", "gbk": "GBK"}
# Refusals that ask for a decision rather than for another value of a field.
STOPS = {("datum", "looks_like"), ("datum", "elsewhere")}
AT_FIELD = {*FIELDS, "datum", "crs", "encoding", "note"}
SAMPLE_LENGTH = 48


@dataclass(frozen=True, slots=True)
class Told:
    """What the form says; before it was ever sent, only how the file is to be looked at."""

    layer: str | None = None
    encoding: str | None = None
    is_sent: bool = False
    datum: str = ""
    crs: str = ""
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    trust: bool = False
    note: str = ""

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> "Told":
        """Read the address of the page."""
        return cls(layer=query.get("layer") or None, encoding=query.get("encoding") or None)

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> "Told":
        """Read the form; the button that takes another datum stands before the chosen one."""
        other = form.get("take", "")
        return cls(
            layer=form.get("layer") or None,
            encoding=form.get("encoding") or None,
            is_sent=True,
            datum=other or form.get("datum", ""),
            crs="" if other else form.get("crs", "").strip(),
            kind=form.get("kind", ""),
            columns={name: form.get(name, "") for name in COLUMNS},
            trust=bool(form.get("trust")) and not other,
            note=form.get("note", "").strip(),
        )

    def as_told(self, district_code: str) -> area_imports.Told:
        """Return what the import is told. Raises: InvalidInput (datum, crs, kind, code)."""
        if not self.columns.get("code"):
            raise InvalidInput("code", "missing")
        datum, crs = self._frame()
        kind, columns = self._kind()
        return area_imports.Told(
            district_code=district_code,
            columns=columns,
            kind=kind,
            datum=datum,
            crs=crs,
            layer=self.layer,
            encoding=self.encoding,
            trust_datum=self.trust,
            note=self.note,
            words=NoteWords(
                fits=_("fits the district's outline to {fit}"),
                trusted=_("datum confirmed by hand although only {fit} fits the outline"),
            ),
        )

    def _frame(self) -> tuple[Datum | None, str | None]:
        if self.datum == AS_SAID:
            return None, None
        if self.datum == PROJECTED:
            if not self.crs:
                raise InvalidInput("crs", "missing")
            return None, self.crs
        return parse_datum(self.datum), None

    def _kind(self) -> tuple[AreaKind | None, dict[str, str]]:
        columns = dict(self.columns)
        if self.kind.startswith(IN_COLUMN):
            return None, columns | {"kind": self.kind.removeprefix(IN_COLUMN)}
        fixed = self.kind.removeprefix(ALL_ARE)
        if fixed not in KINDS:
            raise InvalidInput("kind", "missing")
        return AreaKind(fixed), columns


def shown(looked: Looked | None, told: Told) -> dict[str, Any]:
    """Return what the page shows; of a file that could not be read, how to look again."""
    again = {
        "layer": told.layer or "",
        "encodings": [
            {"value": code, "word": word, "chosen": (told.encoding or "").lower() == code}
            for code, word in ENCODINGS.items()
        ],
    }
    if looked is None:
        return {**again, "looked": None}
    return {
        **again,
        "looked": looked,
        "fields": [_field(name, looked, told) for name in COLUMNS],
        "kinds": _kinds(looked, told),
        "datums": _datums(looked, told),
        "crs": told.crs if told.is_sent else looked.crs or "",
        "note": told.note,
        "rows": _rows(looked.columns),
    }


def _field(name: str, looked: Looked, told: Told) -> dict[str, Any]:
    chosen = told.columns.get(name, "") if told.is_sent else looked.guess.get(name, "")
    return {
        "name": name,
        "word": str(said.FIELD_WORDS[name]),
        "needed": name == "code",
        "options": [
            {"value": one.name, "word": _with_samples(one), "chosen": one.name == chosen}
            for one in looked.columns
        ],
    }


def _with_samples(column: Column) -> str:
    """Return a column's name with the first texts in it: names alone say little."""
    if not column.samples:
        return _("%(column)s (empty)", column=column.name)
    texts = said.listed(column.samples)
    cut = texts if len(texts) <= SAMPLE_LENGTH else f"{texts[:SAMPLE_LENGTH]}…"
    return _("%(column)s: %(samples)s", column=column.name, samples=cut)


def _kinds(looked: Looked, told: Told) -> dict[str, Any]:
    column = looked.guess.get("kind")
    guessed = f"{IN_COLUMN}{column}" if column else f"{ALL_ARE}{looked.kind}"
    chosen = told.kind if told.is_sent else guessed
    fixed = [(f"{ALL_ARE}{kind}", said.kind_word(kind)) for kind in KINDS]
    columns = [(f"{IN_COLUMN}{one.name}", _with_samples(one)) for one in looked.columns]
    return {
        "fixed": [{"value": v, "word": w, "chosen": v == chosen} for v, w in fixed],
        "columns": [{"value": v, "word": w, "chosen": v == chosen} for v, w in columns],
    }


def _datums(looked: Looked, told: Told) -> list[dict[str, Any]]:
    if told.is_sent:
        chosen = told.datum
    elif looked.crs:
        chosen = PROJECTED
    else:
        chosen = str(looked.datum) if looked.datum else AS_SAID if looked.says else ""
    notes = {
        Datum.WGS84: _("GPS, most survey software"),
        Datum.CGCS2000: _("taken as WGS-84; they differ by less than a metre"),
        Datum.GCJ02: _("AMap, Tencent"),
        Datum.BD09: _("Baidu"),
    }
    offered = [(str(one), NAMES[one], note) for one, note in notes.items()]
    if looked.says:
        word = _("What the file says: %(crs)s", crs=looked.says)
        offered.insert(0, (AS_SAID, word, _("files in GCJ-02 often call themselves WGS-84")))
    offered.append((PROJECTED, _("A projection"), _("metres, such as Gauss–Krüger")))
    return [{"value": v, "word": w, "note": n, "chosen": v == chosen} for v, w, n in offered]


def _rows(columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    return [{"name": one.name, "samples": said.listed(one.samples)} for one in columns]


def stop(error: InvalidInput, sentence: str) -> dict[str, Any]:
    """Return the decision a stopped import asks for: the other datum, or the declared one."""
    declared = Datum(error.values["declared"])
    other = error.values.get("looks_like")
    return {
        "sentence": sentence,
        "declared": NAMES[declared],
        "other": other and {"value": other, "word": NAMES[Datum(other)]},
    }
