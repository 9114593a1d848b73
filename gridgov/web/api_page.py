"""The document of the machine door as a page reads it: plain lists of words, no scripts."""

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from babel.messages.pofile import read_po
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.keys import Scope
from gridgov.web.admin_keys import SCOPE_WORDS
from gridgov.web.api_document import PROBLEM, SCHEMAS
from gridgov.web.i18n import FOLDER, language

# The document speaks English; the page says the same in Chinese from this catalogue. It is
# none of the program's own: its messages are the docstrings and descriptions of the code.
CATALOGUE = FOLDER / "zh_Hans" / "document.po"
STATUS_WORDS = {
    400: _l("Something does not fit; errors says which field and why."),
    401: _l("No key, or none that is in use."),
    403: _l("The key lacks the scope, or the role may not."),
    404: _l("It is not there, or not for you."),
    409: _l("The token was used before, for something else."),
    413: _l("The body is larger than 40 MB."),
    415: _l("The body is neither JSON nor a form."),
    422: _l("The spot lies outside the district."),
    429: _l("Too often; Retry-After says how many seconds to wait."),
    503: _l("It does not work just now; nothing was changed."),
}


@functools.cache
def chinese() -> Mapping[str, str]:
    """Return the Chinese of every text of the document."""
    with CATALOGUE.open("rb") as file:
        found = read_po(file, locale="zh_Hans")
    return {str(message.id): str(message.string) for message in found if message.id}


def texts(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text for people in a document."""
    yield document["info"]["description"]
    for tag in document["tags"]:
        yield tag["description"]
    for _path, _method, operation in _operations(document):
        yield operation["summary"]
        yield operation["description"]
        for parameter in operation["parameters"]:
            yield parameter.get("description", "")
    for schema in document["components"]["schemas"].values():
        yield schema.get("description", "")
        for field in schema.get("properties", {}).values():
            yield field.get("description", "")


def _said(text: str) -> str:
    return text if language() == "en" else chinese().get(text, text)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def of(document: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """Return what the page shows of a document served at an address."""
    found = [_operation(path, method, one) for path, method, one in _operations(document)]
    sent = {part["shape"] for one in found for body in one["bodies"] for part in body["type"]}
    return {
        "version": document["info"]["version"],
        "intro": _said(document["info"]["description"]),
        "base_url": base_url.rstrip("/"),
        "scopes": [{"code": str(scope), "words": SCOPE_WORDS[scope]} for scope in Scope],
        "statuses": [{"code": code, "words": said} for code, said in STATUS_WORDS.items()],
        "sections": [
            {
                "name": tag["name"],
                "words": _said(tag["description"]),
                "operations": [one for one in found if one["tag"] == tag["name"]],
            }
            for tag in document["tags"]
        ],
        "shapes": [
            _shape(name, schema, sent=name in sent)
            for name, schema in sorted(document["components"]["schemas"].items())
        ],
    }


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    summary, words = _said(operation["summary"]), _said(operation["description"])
    body = operation.get("requestBody", {}).get("content", {})
    example = body.get("application/json", {}).get("example")
    answers, problems = _answers(operation["responses"])
    return {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "method": method.upper(),
        "path": path,
        "summary": summary,
        "words": "" if words == summary else words,
        "who": _who(operation),
        "parameters": [_parameter(one) for one in operation["parameters"]],
        "bodies": [{"media": media, **_type(one["schema"])} for media, one in body.items()],
        "example": example and json.dumps(example, ensure_ascii=False, indent=2),
        "answers": answers,
        "problems": problems,
    }


def _who(operation: Mapping[str, Any]) -> str:
    scope, ways = operation.get("x-scope"), operation["security"]
    if scope is None:
        return _("Everybody, without a key.")
    if {} in ways:
        return _("Everybody; a key must have %(scope)s.", scope=scope)
    if {"session": []} in ways:
        return _("A key with %(scope)s, or signed-in staff.", scope=scope)
    return _("A key with %(scope)s.", scope=scope)


def _answers(responses: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    answers, problems = [], []
    for status, response in responses.items():
        content = response.get("content", {})
        if PROBLEM in content:
            problems.append(status)
        for media, one in content.items():
            if media != PROBLEM:
                answers.append({"status": status, "media": media, **_type(one["schema"])})
    return answers, problems


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "where": {"path": "", "query": "", "header": _("header")}[parameter["in"]],
        "required": parameter["required"],
        "words": _said(parameter.get("description", "")),
        "example": parameter.get("example"),
        **_type(parameter["schema"]),
    }


def _shape(name: str, schema: Mapping[str, Any], *, sent: bool) -> dict[str, Any]:
    # Everything that comes back is there; only what a program sends has to say it.
    needed = schema.get("required", ()) if sent else ()
    return {
        "name": name,
        "words": _said(schema.get("description", "")),
        "values": schema.get("enum", ()),
        "fields": [
            {
                "name": field,
                "required": field in needed,
                "words": _said(one.get("description", "")),
                **_type(one),
            }
            for field, one in schema.get("properties", {}).items()
        ],
    }


def _type(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a type as parts: words, and names of shapes to lead to; with its limits."""
    parts = list(_parts(schema))
    plain = [part for at, part in enumerate(parts) if part not in parts[:at]]
    return {"type": [{"shape": shape, "words": words} for shape, words in plain]}


def _parts(schema: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """Yield (name of a shape or None, words) of each kind of value a schema allows."""
    kind = schema.get("type", "any")
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _parts(one)
    elif "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        yield name, name
    elif kind == "array":
        for shape, words in _parts(schema.get("items", {})):
            yield shape, f"{words}[]"
    else:
        values = schema.get("enum", [schema["const"]] if "const" in schema else ())
        words = " | ".join(json.dumps(value) for value in values)
        yield None, words or " ".join((kind, *_limits(schema)))


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    if "format" in schema:
        yield schema["format"]
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        yield f"{'' if low is None else low}…{'' if high is None else high}"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if most is not None:
        yield f"{least or 0}…{most}"
