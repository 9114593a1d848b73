"""The machine door: what the words of a report suggest, asked while they are typed."""

from flask import Response

from gridgov.domain.intake import check_text
from gridgov.web import intake_hints
from gridgov.web.access import public
from gridgov.web.api_base import Body, api, described, limited, reference_of, said
from gridgov.web.api_input import body, checked
from gridgov.web.api_schemas_net import HintsIn, HintsOut

CONTENT = Body(
    dict.fromkeys(
        ("application/json", "multipart/form-data", "application/x-www-form-urlencoded"), HintsIn
    ),
    {"text": "The street lamp is out, and rubbish is lying beside it."},
)


@api.post("/hints")
@public("reads the words it is sent and keeps nothing")
@limited("240/minute")
@described("Reports", HintsOut, body=CONTENT, problems=(413,))
def hints() -> Response:
    """Return danger, likely classes, several problems, personal data and places in words.

    Proposals only; nothing is kept.
    """
    sent = checked(HintsIn, body())
    text, place_words = check_text(sent.text), check_text(sent.place_words)
    found = intake_hints.of(reference_of(), text, place_words)
    response = said(HintsOut.model_validate(found))
    response.headers["Cache-Control"] = "no-store"
    return response
