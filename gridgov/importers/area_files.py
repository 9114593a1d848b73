"""What a file of areas is, by its content, and where GDAL finds its parts.

Zips, compressed and foreign-encoded texts are unpacked to plain files of a temporary
folder under names of our own: no name inside an archive leads anywhere, and GDAL is
asked only about content that was recognised here (it would follow others into the net).
"""

import codecs
import gzip
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from gridgov.domain.area_imports import MOST_BYTES
from gridgov.domain.errors import InvalidInput
from gridgov.importers.area_encoding import UTF8, encoding_of_text, known_encoding

_GZIP, _ZIP, _SQLITE, _SHP = b"\x1f\x8b", b"PK\x03\x04", b"SQLite format 3\0", b"\0\0\x27\x0a"
_SHP_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED_PARTS = (".shx", ".dbf")
_INSIDE_ZIP = (".shp", ".gpkg", ".kml", ".geojson", ".json")
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
# No KML has one; what comes with it are entities that grow without end.
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{')
_HEAD_BYTES = 65_536
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENCRYPTED = 0x1
# What a file that is missing, cut short or damaged makes its readers say.
_BROKEN = (
    OSError,  # not there, not ours to read, no gzip after all, damaged bzip2
    EOFError,  # a gzip, or a part of a zip, that ends in its middle
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,  # a zip of a later version, or packed in an unknown way
    UnicodeDecodeError,  # a zip that says its names are UTF-8, and they are not
)


class AreaFormat(StrEnum):
    """The formats areas come and go in."""

    GEOJSON = "geojson"
    GEOPACKAGE = "geopackage"
    SHAPEFILE = "shapefile"
    KML = "kml"


@dataclass(frozen=True, slots=True)
class Source:
    """A file GDAL can open; `names_crs` tells whether the file itself names its system.

    `cpg` is the encoding a Shapefile names beside itself.
    """

    format: AreaFormat
    path: Path
    file: str
    names_crs: bool
    cpg: str | None = None


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a file is unpacked to, and how large it may become."""

    folder: Path
    most_bytes: int

    @property
    def megabytes(self) -> int:
        """Return the limit as people say it."""
        return self.most_bytes // 2**20


@contextmanager
def opened(
    file: Path, *, layer: str | None, encoding: str | None, most_bytes: int = MOST_BYTES
) -> Iterator[Source]:
    """Recognise a file of areas and unpack it for as long as it is read.

    `layer` chooses between several files of a zip. Raises: InvalidInput (field areas:
    unreadable, unknown_format, nothing_inside, zip_in_zip, incomplete, encrypted, too_big;
    field layer: missing, unknown; field encoding).
    """
    if encoding is not None:
        known_encoding(encoding)
    with TemporaryDirectory(prefix="gridgov-areas-") as folder:
        try:
            source = _source(file, file.name, _Room(Path(folder), most_bytes), layer, encoding)
        except _BROKEN as error:
            # The path of the temporary folder says nothing to anybody.
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            sentence = f"{file.name} cannot be read: {reason}"
            raise InvalidInput("areas", "unreadable", sentence, file=file.name) from error
        yield source


def _source(path: Path, name: str, room: _Room, layer: str | None, encoding: str | None) -> Source:
    with path.open("rb") as raw:
        head = raw.read(16)
    if head.startswith(_ZIP):
        return _from_zip(path, name, room, layer, encoding)
    if head.startswith(_SQLITE):
        return Source(AreaFormat.GEOPACKAGE, path, name, names_crs=True)
    if head.startswith(_SHP):
        return _shapefile(path, name)
    return _text(path, name, room, encoding)


def _shapefile(path: Path, name: str) -> Source:
    lacking = [part for part in _NEEDED_PARTS if not path.with_suffix(part).is_file()]
    if lacking:
        sentence = f"{name} lacks {' and '.join(lacking)}: a Shapefile is .shp, .shx and .dbf"
        raise InvalidInput("areas", "incomplete", sentence, file=name, lacking=lacking)
    cpg = path.with_suffix(".cpg")
    said = cpg.read_bytes()[:40].decode("ascii", "replace") if cpg.is_file() else None
    names_crs = path.with_suffix(".prj").is_file()
    return Source(AreaFormat.SHAPEFILE, path, name, names_crs=names_crs, cpg=said)


def _from_zip(
    path: Path, name: str, room: _Room, layer: str | None, encoding: str | None
) -> Source:
    with zipfile.ZipFile(path) as packed:
        members = {
            member: info
            for member, info in ((_member_name(one), one) for one in packed.infolist())
            if member.name and not info.filename.endswith("/")
        }
        chosen = _chosen([*members], layer, name)
        stem, suffix = chosen.with_suffix(""), chosen.suffix.casefold()
        parts = _SHP_PARTS if suffix == ".shp" else (suffix,)
        wanted = {
            member.suffix.casefold(): info
            for member, info in members.items()
            if member.with_suffix("") == stem and member.suffix.casefold() in parts
        }
        if sum(info.file_size for info in wanted.values()) > room.most_bytes:
            sentence = f"{name} unpacks to more than {room.megabytes} MB"
            raise InvalidInput("areas", "too_big", sentence, file=name, limit=room.megabytes)
        if any(info.flag_bits & _ENCRYPTED for info in wanted.values()):
            sentence = f"{name} is locked with a password; pack it without one"
            raise InvalidInput("areas", "encrypted", sentence, file=name)
        for part, info in wanted.items():
            target = room.folder / f"unpacked{part}"
            with packed.open(info) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)  # zipfile stops at the size it announced
    unpacked = room.folder / f"unpacked{suffix}"
    if zipfile.is_zipfile(unpacked):
        sentence = f"{name} holds another zip; unpack it once"
        raise InvalidInput("areas", "zip_in_zip", sentence, file=name)
    return _source(unpacked, f"{name}/{chosen.name}", room, None, encoding)


def _member_name(info: zipfile.ZipInfo) -> PurePosixPath:
    """Return a member's name; Chinese Windows writes GBK where zip says CP437."""
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():
        raw = name.encode("cp437")
        for encoding in ("utf-8", "gb18030"):
            try:
                return PurePosixPath(raw.decode(encoding))
            except UnicodeDecodeError:
                continue
    return PurePosixPath(name)


def _chosen(members: list[PurePosixPath], layer: str | None, name: str) -> PurePosixPath:
    """Return the one member that holds areas, or the one whose stem is the layer's name."""
    found = [one for one in members if one.suffix.casefold() in _INSIDE_ZIP and _is_data(one)]
    if not found:
        sentence = f"{name} holds no Shapefile, GeoPackage, KML or GeoJSON"
        raise InvalidInput("areas", "nothing_inside", sentence, file=name)
    if len(found) == 1:
        return found[0]
    stems = sorted(one.stem for one in found)
    if layer is None:
        sentence = f"{name} holds {', '.join(stems)}; choose one with --layer"
        raise InvalidInput("layer", "missing", sentence, layers=stems)
    named = [one for one in found if one.stem.casefold() == layer.strip().casefold()]
    if len(named) != 1:
        sentence = f"{name} has no layer {layer}; it has: {', '.join(stems)}"
        raise InvalidInput("layer", "unknown", sentence, layers=stems)
    return named[0]


def _is_data(member: PurePosixPath) -> bool:
    """Tell whether a member is data, not what macOS puts beside each file."""
    return "__MACOSX" not in member.parts and not member.name.startswith("._")


def _text(path: Path, name: str, room: _Room, encoding: str | None) -> Source:
    """Recognise GeoJSON and KML; what is plain UTF-8 stays where it is, 500 MB need no copy."""
    data, changed = _bytes(path, name, room)
    if not data.startswith(_UTF16) and not data[:_HEAD_BYTES].lstrip().startswith((b"{", b"<")):
        raise _no_areas(name)  # before anybody is asked how a picture is encoded
    declared = _XML_ENCODING.match(data[:200])
    said = declared[1].decode("ascii") if declared else None
    code = encoding_of_text(data, told=encoding, said=said, file=name)
    if code != UTF8:
        data, changed = _transcoded(data, code, name), True
        declared = _XML_ENCODING.match(data[:200])
    if declared and known_encoding(declared[1].decode("ascii")) != UTF8:
        data, changed = _XML_ENCODING.sub(_XML_HEAD, data, count=1), True
    begin = data[:_HEAD_BYTES].lstrip()
    kind, names_crs = AreaFormat.KML, False
    if begin.startswith(b"{"):
        kind, names_crs = AreaFormat.GEOJSON, _names_crs(data)
    elif not begin.startswith(b"<") or _DOCTYPE.search(begin) or _root_of(data) != "kml":
        raise _no_areas(name)
    if changed:
        path = room.folder / f"text.{kind}"
        path.write_bytes(data)
    return Source(kind, path, name, names_crs=names_crs)


def _no_areas(name: str) -> InvalidInput:
    sentence = f"{name} is no GeoJSON, GeoPackage, Shapefile (zip) or KML"
    return InvalidInput("areas", "unknown_format", sentence, file=name)


def _bytes(path: Path, name: str, room: _Room) -> tuple[bytes, bool]:
    """Return the text's bytes, and whether they are others than those of the file."""
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
    with gzip.open(path) if packed else path.open("rb") as source:
        data = source.read(room.most_bytes + 1)
    if len(data) > room.most_bytes:
        sentence = f"{name} is larger than {room.megabytes} MB"
        raise InvalidInput("areas", "too_big", sentence, file=name, limit=room.megabytes)
    marked = data.startswith(codecs.BOM_UTF8)
    return data.removeprefix(codecs.BOM_UTF8), packed or marked


def _transcoded(data: bytes, code: str, name: str) -> bytes:
    try:
        return data.decode(code).encode()
    except UnicodeDecodeError as error:
        sentence = f"{name} cannot be read as {code}; name its encoding with --encoding"
        raise InvalidInput("encoding", "looks_like", sentence, file=name, said=code) from error


def _names_crs(data: bytes) -> bool:
    """Tell whether a GeoJSON document has a "crs" member of its own (not one of a feature)."""
    features = data.find(b'"features"')
    before, after = data[: max(0, features)], data[data.rfind(b"]") :]
    return _CRS_MEMBER.search(before) is not None or _CRS_MEMBER.search(after) is not None


def _root_of(data: bytes) -> str | None:
    """Return the name of an XML document's outermost element, None where it is no XML."""
    try:
        for _, element in ElementTree.iterparse(BytesIO(data[:_HEAD_BYTES]), events=("start",)):
            return str(element.tag).rpartition("}")[2].casefold()
    except ElementTree.ParseError:
        return None
    return None
