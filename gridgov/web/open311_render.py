"""Open311 answers: the same values as XML or as JSON.

JSON follows the spec's Spark convention: a list is an array without its wrapper, the
root of a list is an array. So XML needs two tables more: what an item is called, and
the element around a list at the root.
"""

import json
import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from flask import Response, request

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
CONTENT_TYPES = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
# The element of a list → the element of an item.
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "notes": "note",
    "media_urls": "media_url",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
# What XML 1.0 has no way to write: control characters, half surrogates, non-characters.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def asked_format() -> str:
    """Return the format the address asks for: json, and xml for everything else."""
    return "json" if request.path.endswith(".json") else "xml"


def answer(root: str, body: Any, status: int = 200) -> Response:
    """Return values as the answer; `root` names the XML root element.

    Values are dicts, lists, text, numbers, True/False and None (unknown: null in JSON, an
    empty element in XML).
    """
    chosen = asked_format()
    content = as_json(body) if chosen == "json" else as_xml(root, body)
    response = Response(content, status=status, content_type=CONTENT_TYPES[chosen])
    if request.method == "GET":
        # Public figures without a sign-in: pages of other sites may read them.
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def as_json(body: Any) -> bytes:
    """Return values as UTF-8 JSON."""
    return (json.dumps(_storable(body), ensure_ascii=False) + "\n").encode()


def _storable(value: Any) -> Any:
    """Return values with the text XML could hold as well: both formats say the same."""
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return NOT_XML.sub("", value) if isinstance(value, str) else value


def as_xml(root: str, body: Any) -> bytes:
    """Return values as a UTF-8 XML document with its declaration."""
    element = ElementTree.Element(root)
    _fill(element, body)
    return (DECLARATION + ElementTree.tostring(element, encoding="unicode") + "\n").encode()


def _fill(element: ElementTree.Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _fill(ElementTree.SubElement(element, name), item)
    elif isinstance(value, list | tuple):
        for item in value:
            _fill(ElementTree.SubElement(element, ITEMS[element.tag]), item)
    elif value is not None:
        element.text = NOT_XML.sub("", _text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    """Return a moment in a zone, to the second and with its offset (W3C datetime)."""
    return None if at is None else at.astimezone(zone).replace(microsecond=0).isoformat()
