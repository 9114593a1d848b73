"""The blueprint of the Open311 door; one file per task registers its routes on it."""

from flask import Blueprint, abort, request

from gridgov.web.security import csrf

open311 = Blueprint("open311", __name__, url_prefix="/open311")
csrf.exempt(open311)  # no session is read here: a key, or nothing; see security._same_origin_only

FORMAT = "<any(xml, json):fmt>"
READS = "600/minute"
WRITES = "300/minute;6000/hour"
EVERYTHING = "cases of public, not confidential classes; with a key also those it brought in"
OWN = "the district of the key, and the cases it brought in"
# Pictures may come inside a form as data: addresses, a third larger than the file.
MAX_FORM_BYTES = 24 * 1024 * 1024
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@open311.before_request
def _read_forms_only() -> None:
    request.max_form_memory_size = MAX_FORM_BYTES
    if request.method == "POST" and request.mimetype and request.mimetype not in FORMS:
        abort(415)
