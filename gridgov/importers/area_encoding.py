"""Which signs the bytes of a survey office's file are: UTF-8, GBK, or what it says.

A Shapefile's table may name its encoding (.cpg, or one byte of the .dbf), may lie, or
say nothing. The bytes are looked at in each case: names that would come out as garbage
stop the import with the encoding they do read in.
"""

import codecs
from collections.abc import Sequence

from gridgov.domain.errors import InvalidInput

UTF8, GBK = "utf-8", "gb18030"  # GB 18030 holds all of GB 2312 and GBK
_SAID_BY_BYTE = {0x4D: GBK, 0x7A: GBK, 0x4E: "cp949", 0x4F: "big5", 0x78: "big5"}
_CHINESE = {"gb2312", "gbk", "gb18030", "hz"}
# What programs write that never asked: it says nothing.
_SAYS_NOTHING = {"cp1252", "iso8859-1", "ascii"}
_COMMON = 0.8
_ENOUGH = 2_000  # cells looked at
_PIECE = 1_000_000
_LONGEST = 100_000  # bytes of a line looked at


def known_encoding(name: str) -> str:
    """Return an encoding by any of its names. Raises: InvalidInput (encoding, unknown)."""
    code = name.strip().casefold()
    code = {"936": GBK, "cp936": GBK, "65001": UTF8, "cp65001": UTF8, "ansi 936": GBK}.get(
        code, code
    )
    try:
        found = codecs.lookup(code).name
    except LookupError as error:
        sentence = f"there is no encoding {name!r}; try utf-8 or gbk"
        raise InvalidInput("encoding", "unknown", sentence, given=name[:40]) from error
    return GBK if found in _CHINESE else UTF8 if found.startswith("utf-8") else found


def encoding_of_table(
    cells: Sequence[bytes], *, told: str | None, cpg: str | None, code_page: int, file: str
) -> str:
    """Return the encoding of a .dbf table: as told, as it says itself, or as its cells read.

    `cells` are texts of the table, as bytes. Raises: InvalidInput (field encoding:
    unknown, looks_like, needed).
    """
    if told is not None:
        return known_encoding(told)
    beyond_ascii = [cell for cell in cells if not cell.isascii()][:_ENOUGH]
    said = _said(cpg, code_page)
    if not beyond_ascii:
        return said or UTF8
    reads_as = _reads_as(beyond_ascii)
    if said is None:
        if reads_as is None:
            sentence = f"{file} does not say how its names are encoded; name it with --encoding"
            raise InvalidInput("encoding", "needed", sentence, file=file)
        return reads_as
    if reads_as not in (None, said) or not _decodes(beyond_ascii, said):
        likely = f", but reads as {_spoken(reads_as)}: name it" if reads_as else "; name the right"
        sentence = f"{file} says it is {_spoken(said)}{likely} with --encoding"
        values = {"said": said, "reads_as": reads_as}
        raise InvalidInput("encoding", "looks_like", sentence, file=file, **values)
    return said


def encoding_of_text(data: bytes, *, told: str | None, said: str | None, file: str) -> str:
    """Return the encoding of a text file (GeoJSON, KML), as `encoding_of_table` does.

    What is UTF-8 is read as such, whatever its head says.
    """
    if told is not None:
        return known_encoding(told)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _is_utf8(data):
        return UTF8
    lines = [line[:_LONGEST] for line in data.splitlines() if not line.isascii()]
    return encoding_of_table(lines, told=None, cpg=said, code_page=0, file=file)


def _is_utf8(data: bytes) -> bool:
    """Tell whether a text is UTF-8, without a copy of it in memory."""
    decoder = codecs.getincrementaldecoder(UTF8)()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def decode_cell(raw: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text of a cell, and whether its last sign was cut in two by the column's width.

    Raises: UnicodeDecodeError.
    """
    try:
        return raw.decode(encoding), False
    except UnicodeDecodeError:
        decoder = codecs.getincrementaldecoder(encoding)()
        return decoder.decode(raw), bool(decoder.getstate()[0])


def _said(cpg: str | None, code_page: int) -> str | None:
    if cpg is None or not cpg.strip():
        return _SAID_BY_BYTE.get(code_page)
    try:
        found = known_encoding(cpg)
    except InvalidInput:
        return None  # nonsense in a .cpg: the cells decide
    return None if found in _SAYS_NOTHING else found


def _reads_as(cells: Sequence[bytes]) -> str | None:
    """Return UTF-8 or GBK where the cells read in it as Chinese, UTF-8 where in it at all."""
    for encoding in (UTF8, GBK):
        if _decodes(cells, encoding) and _is_chinese(cells, encoding):
            return encoding
    return UTF8 if _decodes(cells, UTF8) else None


def _decodes(cells: Sequence[bytes], encoding: str) -> bool:
    try:
        for cell in cells:
            decode_cell(cell, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(cells: Sequence[bytes], encoding: str) -> bool:
    """Tell whether the signs are those that names are written in, not chance.

    Nearly any bytes read as rare characters of GBK; those of GB 2312 do not come by chance.
    """
    signs = [sign for cell in cells for sign in decode_cell(cell, encoding)[0] if sign > "\x7f"]
    if encoding == UTF8:
        return any("\u3000" <= sign <= "\uffef" for sign in signs)
    return sum(map(_is_common, signs)) >= _COMMON * len(signs) > 0


def _is_common(sign: str) -> bool:
    try:
        sign.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _spoken(encoding: str) -> str:
    return {UTF8: "UTF-8", GBK: "GBK"}.get(encoding, encoding)
