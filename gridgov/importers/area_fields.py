"""Which column of a file is what, where a survey office uses the usual names."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from gridgov.domain.area_imports import FIELDS
from gridgov.domain.areas import AreaKind
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_layers import Layer
from gridgov.importers.area_mapping import AreasMapping

_USUAL = {
    "code": (
        "code",
        "grid_code",
        "gridcode",
        "编码",
        "代码",
        "网格编码",
        "网格编号",
        "单元网格编码",
    ),
    "name": ("name", "grid_name", "gridname", "名称", "网格名称", "单元网格名称"),
    "name_en": ("name_en", "english"),
    "kind": ("kind", "type", "类型", "类别", "级别", "区域类型"),
    "parent": ("parent_code", "parent", "上级编码", "上级代码", "所属编码", "村居编码", "社区编码"),
    "categories": ("categories", "事项", "小类", "小类代码"),
}
KIND_WORDS: Mapping[str, AreaKind] = {
    **{str(kind): kind for kind in AreaKind},
    **dict.fromkeys(("区县", "区", "县", "市辖区"), AreaKind.DISTRICT),
    **dict.fromkeys(("镇街", "镇", "街道", "乡镇", "乡", "镇(街道)"), AreaKind.TOWN),
    **dict.fromkeys(("村居", "社区", "村", "居委会", "村委会", "行政村"), AreaKind.VILLAGE),
    **dict.fromkeys(("网格", "单元网格", "责任网格", "基础网格"), AreaKind.GRID),
    **dict.fromkeys(("专业网格", "专属网格"), AreaKind.PROFESSIONAL),
}


def fields_of(told: Mapping[str, str], kind: AreaKind | None = None) -> AreasMapping:
    """Return a mapping from columns told one by one; the others have their usual names.

    Raises: InvalidInput (field fields, reason unknown).
    """
    # "" is: look for a usual name.
    usual = AreasMapping(code="", kind_property="", kinds=KIND_WORDS)
    return overridden(usual, told, kind)


def overridden(
    fields: AreasMapping, told: Mapping[str, str], kind: AreaKind | None = None
) -> AreasMapping:
    """Return a mapping with columns told one by one, and one kind for all if that is told.

    Raises: InvalidInput (field fields, reason unknown).
    """
    for key in told:
        if key not in FIELDS:
            sentence = f"there is no field {key}; there are: {', '.join(FIELDS)}"
            raise InvalidInput("fields", "unknown", sentence, given=key[:40])
    columns = dict(told)
    kind_property = columns.pop("kind", None)
    fields = replace(fields, **columns)  # type: ignore[arg-type]  # FIELDS are its names
    if kind is not None:
        return replace(fields, kind=kind, kind_property=None)
    if kind_property is not None:
        words = {**KIND_WORDS, **fields.kinds}
        return replace(fields, kind_property=kind_property, kinds=words)
    return fields


def completed(fields: AreasMapping, layer: Layer) -> AreasMapping:
    """Return a mapping whose untold columns are those of usual names that the layer has.

    What is told to be "" is none. Raises: InvalidInput (field code, reason missing_column).
    """
    code = fields.code or usual(layer, "code")
    if code is None:
        sentence = (
            f"{layer.file} has no column of a usual name for the code; its columns are: "
            f"{', '.join(layer.columns)}; name it with --field code=..."
        )
        raise InvalidInput("code", "missing_column", sentence, file=layer.file)
    kind_property = fields.kind_property
    return replace(
        fields,
        code=code,
        name=_chosen(fields.name, layer, "name"),
        name_en=_chosen(fields.name_en, layer, "name_en"),
        kind_property=usual(layer, "kind") if kind_property == "" else kind_property,
        parent=_chosen(fields.parent, layer, "parent"),
        categories=_chosen(fields.categories, layer, "categories"),
    )


def _chosen(told: str | None, layer: Layer, field: str) -> str | None:
    return usual(layer, field) if told is None else told or None


def usual(layer: Layer, field: str) -> str | None:
    """Return the layer's column with the first usual name, whatever its case and width."""
    plain = {unicodedata.normalize("NFKC", name).casefold(): name for name in layer.columns}
    return next((plain[name] for name in _USUAL[field] if name in plain), None)
