"""What the checks of a version found, as an Excel book."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_pgettext, pgettext

from gridgov.domain.errors import NotFound
from gridgov.web import checks_page
from gridgov.web.access import requires
from gridgov.web.checks_page import View
from gridgov.web.grids import AREA, LOOK, grids
from gridgov.web.grids_checks import Asked, Looked, look
from gridgov.web.list_export import WIDE, Column, Sheet, send

COLUMNS: Sequence[Column[dict[str, Any]]] = (
    Column(lazy_pgettext("sheet", "What was found"), itemgetter("title"), WIDE),
    Column(lazy_pgettext("sheet", "In detail"), itemgetter("detail"), 72),
    Column(lazy_pgettext("sheet", "Where"), itemgetter("where"), WIDE),
    Column(lazy_pgettext("sheet", "Code"), itemgetter("code")),
    Column(
        lazy_pgettext("sheet", "Weight"),
        lambda one: _("must be mended") if one["blocks"] else _("to note"),
    ),
    Column(
        lazy_pgettext("sheet", "In force"),
        lambda one: _("already so today") if one["known"] else "",
    ),
    Column(lazy_pgettext("sheet", "Proposed"), itemgetter("repair"), WIDE),
)


@grids.get("/<int:number>/checks.xlsx")
@requires(*LOOK, area=AREA)
def export_findings(number: int) -> Response:
    """Send what was found, of the check that is shown or of all, as an Excel book.

    Raises: NotFound for a version that is not checked.
    """
    looked = look(number)
    if not isinstance(looked, Looked):
        raise NotFound(f"no findings of version {number}")
    check = Asked.here().check
    whole = View(check, 1, 1, tuple(one for one in looked.listed if check in ("", one.check)))
    rows = checks_page.shown(looked.checked, whole)
    return send("checks", [Sheet(pgettext("sheet", "Findings"), COLUMNS, rows)], looked.reference)
