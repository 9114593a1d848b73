"""What can be wrong with a file of areas, in sentences; and what an import remarks."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.area_imports import Problem, Remark
from gridgov.domain.areas import AreaKind
from gridgov.domain.datum import Datum
from gridgov.domain.datum_guess import NAMES
from gridgov.domain.errors import Conflict, GridgovError, InvalidInput
from gridgov.web import sentences
from gridgov.web.grids_panel import KIND_WORDS
from gridgov.web.i18n import pick

Values = Mapping[str, Any]
Words = Callable[[Values], str]

FIELD_WORDS: Mapping[str, Any] = {
    "code": _l("Code"),
    "name": _l("Name in Chinese"),
    "name_en": _l("Name in English"),
    "kind": _l("Kind of area"),
    "parent": _l("Code of the area above"),
    "categories": _l("What a professional grid takes"),
}
_ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GBK", "big5": "Big5"}


def percent(share: float) -> str:
    """Return a share as people read it, to a tenth."""
    return f"{100.0 * share:.1f} %"


def listed(words: Any) -> str:
    """Return words as a list of the language of the request."""
    return pick("、", ", ").join(str(word) for word in words)


def kind_word(kind: Any) -> str:
    """Return how people call a kind of area."""
    return str(KIND_WORDS[AreaKind(kind)])


def encoding_word(code: Any) -> str:
    """Return how people call an encoding."""
    return _ENCODINGS.get(str(code), str(code))


def _encoding_looks(values: Values) -> str:
    said, reads_as = encoding_word(values.get("said")), values.get("reads_as")
    if reads_as:
        return _(
            "The file says its texts are %(said)s, but they read as %(reads_as)s. "
            "Choose the encoding.",
            said=said,
            reads_as=encoding_word(reads_as),
        )
    return _("Some texts of the file are not %(said)s. Choose another encoding.", said=said)


def _layers(values: Values) -> str:
    return _(
        "The file has several layers: %(layers)s. Choose one.",
        layers=listed(values.get("layers", ())),
    )


def _no_column(values: Values) -> str:
    if values.get("column"):
        return _("The file has no column %(column)s.", column=values["column"])
    return _("Say which column holds the codes.")


def _not_degrees(values: Values) -> str:
    said = _(
        "A coordinate is %(x)s, %(y)s: these are no degrees of %(datum)s.",
        x=f"{values['lon']:.0f}",
        y=f"{values['lat']:.0f}",
        datum=values.get("datum", "?"),
    )
    if values.get("looks_like") == "swapped":
        advice = _("Latitude seems to stand before longitude; write longitude first.")
    elif values.get("looks_like"):
        advice = _("They look projected, like %(code)s.", code=values["looks_like"])
    else:
        advice = _("They look projected: give the EPSG code.")
    return f"{said}{pick('', ' ')}{advice}"


def _zone(values: Values) -> str:
    said = _(
        "Eastings such as %(x)s do not belong to %(crs)s.",
        x=f"{values['x']:.0f}",
        crs=values.get("crs", "?"),
    )
    if values.get("looks_like"):
        advice = _("They look like %(code)s.", code=values["looks_like"])
    else:
        advice = _("They carry no zone number, this system does.")
    return f"{said}{pick('', ' ')}{advice}"


def _datum_looks(values: Values) -> str:
    return _(
        "Read as %(declared)s, %(fit_declared)s of the ground fits the district and "
        "%(outside_declared)s lies outside; read as %(other)s, %(fit_other)s fits and "
        "%(outside_other)s lies outside. So it is most likely %(other)s. Nothing was imported.",
        declared=NAMES[Datum(values["declared"])],
        other=NAMES[Datum(values["looks_like"])],
        fit_declared=percent(values["fit_declared"]),
        fit_other=percent(values["fit_other"]),
        outside_declared=percent(values["outside_declared"]),
        outside_other=percent(values["outside_other"]),
    )


def _elsewhere(values: Values) -> str:
    return _(
        "%(outside)s of the ground lies outside the district, however its coordinates are read: "
        "another district, or another projection. Nothing was imported.",
        outside=percent(values["outside_declared"]),
    )


def _mapping(values: Values) -> str:
    if values.get("why") == "unreadable":
        return _("The mapping file cannot be read as TOML. Put it right or leave it out.")
    return _(
        "The mapping file cannot be used at “%(key)s”. Put it right or leave it out.",
        key=values.get("key", "?"),
    )


BY_REASON: Mapping[tuple[str, str], Any] = {
    ("file", "missing"): _l("Choose a file."),
    ("file", "empty"): _l("This file is empty."),
    ("file", "too_large"): lambda values: _(
        "A file may have %(limit)s MB. Pack it into a zip: GeoPackage, GeoJSON and KML are read "
        "in one too.",
        limit=values["limit"],
    ),
    ("mapping", "empty"): _l("The mapping file is empty."),
    ("mapping", "too_large"): _l("The mapping file is too large."),
    ("mapping", "unusable"): _mapping,
    ("areas", "unreadable"): _l("The file cannot be read: it is damaged or not complete."),
    ("areas", "unknown_format"): _l("This is no GeoJSON, GeoPackage, Shapefile (zip) or KML."),
    ("areas", "nothing_inside"): _l("The zip holds no Shapefile, GeoPackage, KML or GeoJSON."),
    ("areas", "zip_in_zip"): _l("The zip holds another zip. Unpack it once."),
    ("areas", "encrypted"): _l("The zip is locked with a password. Pack it without one."),
    ("areas", "incomplete"): lambda values: _(
        "A Shapefile is .shp, .shx and .dbf together: %(lacking)s is missing. "
        "Pack them into one zip.",
        lacking=listed(values.get("lacking", ("?",))),
    ),
    ("areas", "too_big"): lambda values: _(
        "The file unpacks to more than %(limit)s MB. Use the command gridgov import areas.",
        limit=values.get("limit", "?"),
    ),
    ("areas", "no_features"): _l("There are no areas in this file."),
    ("areas", "features"): lambda values: _(
        "%(count)s areas of the file cannot be used, so nothing was imported. "
        "Put them right in the file and upload it again.",
        count=values["count"],
    ),
    ("areas", "no_parent"): lambda values: _(
        "The file has no %(parent)s, to which %(code)s of the active net belongs "
        "(%(count)s such areas). Import those areas as well.",
        parent=values["parent"],
        code=values["code"],
        count=values["count"],
    ),
    ("areas", "none"): _l("There is no area of this kind in this version."),
    ("areas", "too_long"): lambda values: _(
        "A text of area %(code)s is too long for a Shapefile. Choose GeoPackage or GeoJSON.",
        code=values.get("code", "?"),
    ),
    ("layer", "missing"): _layers,
    ("layer", "unknown"): _layers,
    ("encoding", "unknown"): _l("There is no such encoding. Choose UTF-8 or GBK."),
    ("encoding", "needed"): _l("The file does not say how its texts are encoded. Choose it."),
    ("encoding", "looks_like"): _encoding_looks,
    ("datum", "missing"): _l("Say what the coordinates are."),
    ("datum", "unknown"): _l("Say what the coordinates are."),
    ("datum", "contradicts"): lambda values: _(
        "The file itself says it is in %(crs)s. Choose what the file says.",
        crs=values.get("crs", "?"),
    ),
    ("datum", "not_degrees"): _not_degrees,
    ("datum", "degrees_only"): _l("KML holds degrees only. Choose GeoPackage or Shapefile."),
    ("datum", "looks_like"): _datum_looks,
    ("datum", "elsewhere"): _elsewhere,
    ("crs", "missing"): _l("Give the EPSG code of the projection."),
    ("crs", "unknown"): _l("We do not know this code. Write it like EPSG:4547."),
    ("crs", "unusable"): _l(
        "The coordinates of this file are a local system without a known place on the earth. "
        "Ask for the file in CGCS2000."
    ),
    ("crs", "degrees"): lambda values: _(
        "Coordinates such as %(x)s, %(y)s are degrees, not %(crs)s.",
        x=f"{values['x']:.3f}",
        y=f"{values['y']:.3f}",
        crs=values.get("crs", "?"),
    ),
    ("crs", "zone"): _zone,
    ("crs", "inaccurate"): lambda values: _(
        "%(crs)s can be converted too roughly only; people would be sent to the wrong grid. "
        "Ask for the file in CGCS2000.",
        crs=values.get("crs", "?"),
    ),
    ("format", "unknown"): _l("Choose GeoJSON, GeoPackage, Shapefile or KML."),
    ("kind", "unknown"): _l("Choose a kind of area."),
    ("kind", "missing"): _l("Say of which kind the areas are."),
    ("code", "missing"): _l("Say which column holds the codes."),
}

PROBLEM_WORDS: Mapping[str, Any] = {
    "unknown_kind": lambda values: _(
        "“%(word)s” is no kind of area that is known", word=values["word"]
    ),
    "no_code": _l("has no code"),
    "rounded_code": _l("the code was kept as a number and has lost digits; keep codes as text"),
    "district_code": lambda values: _(
        "the district, and nothing else, has the code %(code)s", code=values["district"]
    ),
    "unknown_category": lambda values: _(
        "the catalogue has no class %(codes)s", codes=listed(values["categories"])
    ),
    "unreadable": _l("the outline cannot be read"),
    "empty": _l("has no outline, or one without an area"),
    "not_polygon": lambda values: _(
        "is a %(type)s; an area is a polygon", type=values.get("type", "?")
    ),
    "not_a_place": _l("a corner is no place on the earth"),
    "duplicate_code": lambda values: _(
        "feature %(number)s has the same code", number=values["other"]
    ),
    "other_kind": lambda values: _(
        "this code is a %(known)s of the active net, not a %(kind)s",
        known=kind_word(values["known"]),
        kind=kind_word(values["kind"]),
    ),
    "no_parent": lambda values: _(
        "belongs to %(parent)s, which is neither in the file nor in the net",
        parent=values["parent"],
    ),
    "parent_kind": lambda values: _(
        "a %(kind)s cannot belong to %(parent)s, a %(above)s",
        kind=kind_word(values["kind"]),
        parent=values["parent"],
        above=kind_word(values["above"]),
    ),
}


def _kept(values: Values) -> str:
    counts = [f"{count} {kind_word(kind)}" for kind, count in values["counts"].items()]
    return _("Not in the file, kept from the active net: %(what)s.", what=listed(counts))


REMARK_WORDS: Mapping[str, Any] = {
    "mended": lambda values: _(
        "%(count)s polygons crossed themselves and were mended: %(said)s.", **values
    ),
    "cut": lambda values: _(
        "%(count)s texts of the column %(column)s are cut off in the file, such as that of "
        "feature %(feature)s.",
        **values,
    ),
    "kept": _kept,
    "landmarks": lambda values: _(
        "%(count)s landmarks stand in no area any more and were left out.", **values
    ),
    "no_outline": _l("There was no outline to compare with: the coordinates were not checked."),
}


def of(error: GridgovError) -> str:
    """Return the sentence for what a file was refused for."""
    if isinstance(error, InvalidInput):
        found = BY_REASON.get((error.field, error.reason))
        if found is None and error.reason == "missing_column":
            found = _no_column
        if found is not None:
            return _said(found, error.values)
    elif type(error) is Conflict:
        return _(
            "Another version became active while the file was read. "
            "Press the button again: the file is still here."
        )
    return sentences.of(error)


def of_problem(problem: Problem) -> str:
    """Return what is wrong with a feature of a file."""
    return _said(PROBLEM_WORDS[problem.reason], problem.values)


def of_remark(remark: Remark) -> str:
    """Return what an import mended or left out."""
    return _said(REMARK_WORDS[remark.reason], remark.values)


def _said(words: Any, values: Values) -> str:
    return str(words(values) if callable(words) else words)
