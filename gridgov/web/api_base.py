"""The blueprint of the machine door; one file per noun registers its routes on it."""

from flask import Blueprint

from gridgov.web.security import csrf

api = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(api)  # no session is read for writing; see security._same_origin_only
