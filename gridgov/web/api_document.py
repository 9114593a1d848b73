"""The OpenAPI 3.1 document, built from the routes: their access, models and docstrings.

Our own small builder instead of a library: every route already says its access, its
models check what comes in, and problems are one shape; a library's decorators would
answer errors in a shape of their own and know nothing of the access. What a route does
not say is not in the document (a test walks the routes).
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from gridgov import __version__
from gridgov.domain.keys import Scope
from gridgov.domain.roles import Role
from gridgov.web.access import Access
from gridgov.web.api_base import Operation
from gridgov.web.api_schemas import Problem

SCHEMAS = "#/components/schemas/"
PROBLEM = "application/problem+json"
TITLE = "gridgov"
WORDS = (
    "Reports in, cases and figures out. Positions name their datum (wgs84, cgcs2000, gcj02, "
    "bd09); everything that comes out is WGS-84. Moments are UTC, days are local. A key "
    "belongs to one district. Lists come in pages: follow `next` until it is null. Errors "
    "are problem documents (RFC 9457)."
)
TAGS = {
    "Reports": "Telling us what is wrong.",
    "Cases": "What is done about it.",
    "Places": "Where a point belongs.",
    "Areas": "The net of grids.",
    "Classes": "What can be reported.",
    "Figures": "What the board counts.",
}
SECURITY = {
    "bearerKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's key: Authorization: Bearer gg_…",
    },
    "headerKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "The same key in a header of its own.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "gridgov",
        "description": "A signed-in member of staff, within what the role may see.",
    },
}
Described = tuple[Rule, str, Operation, Access, str]


def build(app: Flask) -> dict[str, Any]:
    """Return the document of an application's routes under /api/v1."""
    found = list(described_routes(app))
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, operation, access, words in found:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        name = rule.endpoint.removeprefix("api.")
        paths.setdefault(path, {})[method] = _operation(name, operation, access, words)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__, "description": WORDS},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(found), "securitySchemes": SECURITY},
    }


def described_routes(app: Flask) -> Iterator[Described]:
    """Yield (rule, method, operation, access, words) of each route of the machine door."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view: Any = app.view_functions.get(rule.endpoint)
        operation = getattr(view, "operation", None)
        if operation is not None:
            method = "post" if "POST" in (rule.methods or ()) else "get"
            yield rule, method, operation, view.access, inspect.getdoc(view) or ""


def _schemas(found: list[Described]) -> dict[str, Any]:
    """Return the schema of every model: as it is checked on the way in, as it is written out."""
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for _rule, _method, operation, _access, _words in found:
        models[operation.answer, "serialization"] = None
        bodies = () if operation.body is None else operation.body.models.values()
        for model in bodies:
            models[model, "validation"] = None
    _names, schema = models_json_schema(list(models), ref_template=SCHEMAS + "{model}")
    known: dict[str, Any] = schema["$defs"]
    for one in known.values():
        if "enum" in one:
            one.pop("description", None)  # what a developer of gridgov must know of it
    return known


def _operation(name: str, operation: Operation, access: Access, words: str) -> dict[str, Any]:
    summary, _, rest = words.partition("\n\n")
    found: dict[str, Any] = {
        "operationId": name,
        "tags": [operation.tag],
        "summary": summary,
        "description": " ".join(rest.split()) or summary,
        "security": _security(access),
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, access),
    }
    if access.scope is not None:
        found["x-scope"] = access.scope
    if operation.body is not None:
        example = {"example": dict(operation.body.example)}
        content = {
            media: {"schema": _ref(model)} | (example if media == "application/json" else {})
            for media, model in operation.body.models.items()
        }
        found["requestBody"] = {"required": True, "content": content}
    return found


def _security(access: Access) -> list[dict[str, list[str]]]:
    """Return who may call it. OpenAPI 3.1 lets any scheme name what a key must be allowed."""
    if access.scope is None:
        return []
    keys: list[dict[str, list[str]]] = [
        {"bearerKey": [str(Scope(access.scope))]},
        {"headerKey": [str(Scope(access.scope))]},
    ]
    if access.who == "everybody":
        return [{}, *keys]
    return [*keys, {"session": []}] if access.roles - {Role.PROGRAM} else keys


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, (words, example) in operation.path.items():
        yield _parameter(name, "path", {"type": "string", "examples": [example]}, words, True)
    for name, words in operation.headers.items():
        schema = {"type": "string", "minLength": 8, "maxLength": 100}
        yield _parameter(name, "header", schema, words, False)
    if operation.query is None:
        return
    whole = operation.query.model_json_schema(ref_template="{model}")
    needed = whole.get("required", ())
    for name, schema in whole["properties"].items():
        plain = _plain(schema, whole.get("$defs", {}))
        words = str(plain.pop("description", ""))
        yield _parameter(name, "query", plain, words, name in needed)


def _parameter(
    name: str, where: str, schema: dict[str, Any], words: str, needed: bool
) -> dict[str, Any]:
    found = {"name": name, "in": where, "required": needed, "schema": schema}
    examples = schema.pop("examples", ())
    if words:
        found["description"] = words
    if examples:
        found["example"] = examples[0]
    return found


def _plain(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter: no null, which no address can say, and no reference."""
    found = {name: value for name, value in schema.items() if name not in ("title", "default")}
    if schema.get("default") not in (None, "", []):
        found["default"] = schema["default"]
    kinds = [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) == 1:
        del found["anyOf"]
        found |= kinds[0]
    if "items" in found:
        found["items"] = _plain(found["items"], known)
    if "$ref" in found:
        target = known[found.pop("$ref")]
        found |= {"type": target["type"], "enum": target["enum"]}
    return found


def _responses(operation: Operation, access: Access) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in operation.statuses:
        content = {operation.media: {"schema": _ref(operation.answer)}}
        found[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    if operation.cached:
        found["304"] = {"description": "What was kept is still good."}
    problems = {*operation.problems, 429, 503}
    if operation.query is not None or operation.body is not None:
        problems.add(400)
    if operation.body is not None:
        problems.add(415)
    if access.who == "program":
        problems |= {401, 403}
    for status in sorted(problems):
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": _ref(Problem)}},
        }
    return found


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": SCHEMAS + model.__name__}
