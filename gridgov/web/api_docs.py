"""The document of the machine door: as JSON for programs, as a page for people."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for

from gridgov.web import api_document, api_page
from gridgov.web.access import public
from gridgov.web.api_base import KEPT_S, limited
from gridgov.web.i18n import language

api_docs = Blueprint("api_docs", __name__, url_prefix="/api")

EXTENSION = "gridgov_openapi"


def document() -> dict[str, Any]:
    """Return the document of this application, built once per process."""
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        found = api_document.build(current_app)
        current_app.extensions[EXTENSION] = found
    built: dict[str, Any] = found
    return built


@api_docs.get("/v1/openapi.json")
@public("the description of the routes, which is public")
@limited("300/minute")
def openapi() -> Response:
    """Return the OpenAPI 3.1 document."""
    response = jsonify(document())
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    response.add_etag()
    response.make_conditional(request)
    return response


@api_docs.get("/docs")
@public("the description of the routes, which is public")
@limited("300/minute")
def page() -> str:
    """Show the document as a page, made on the server: no script, nothing from elsewhere."""
    other = "zh-Hans" if language() == "en" else "en"
    switch = {
        "url": url_for("resident.switch_language", to=other, back=request.path),
        "lang": other,
        "word": "English" if other == "en" else "中文",
    }
    shown = api_page.of(document(), request.url_root)
    return render_template("api/docs.html", doc=shown, language=switch)
