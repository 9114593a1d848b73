"""Administration: from when on a closing deserves a second look (办结提示)."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.closing import ClosingRule
from gridgov.domain.errors import InvalidInput
from gridgov.domain.table_imports import Change, ChangeKind, Difference
from gridgov.services import closing, setup_base
from gridgov.services import reference as references
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.instance import utc_now

HERE = "admin.show_closing_rule"
WHAT = "closing"
NAMES = ("far_m", "quick_min", "early_min")
MOST = 1_000_000


@admin.get("/closing")
@requires(*LOOK, area=AREA)
def show_closing_rule() -> BaseResponse:
    """Show from when on a closing is hinted at."""
    return _page({}, {}, 200)


def _page(typed: dict[str, str], errors: dict[str, str], status: int) -> BaseResponse:
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
    kept: dict[str, Any] = {name: f"{getattr(reference.closing, name):g}" for name in NAMES}
    html = render_template(
        "admin/setup-closing.html",
        **context(HERE, reference) | {"errors": errors},
        values=kept | typed,
        usual={name: f"{getattr(ClosingRule(), name):g}" for name in NAMES},
        history=admin_setup.latest(reference, WHAT, "pack"),
    )
    return make_response(html, status)


@admin.post("/closing")
@requires(*CHANGE, area=AREA)
def set_closing_rule() -> BaseResponse:
    """Set the three numbers; who changed them and from what stays on record."""
    typed = {name: request.form.get(name, "").strip()[:20] for name in NAMES}
    numbers: dict[str, float] = {}
    errors: dict[str, str] = {}
    for name, text in typed.items():
        try:
            numbers[name] = _number(name, text)
        except InvalidInput as error:
            errors[name] = str(error)
    if errors:
        return _page(typed, errors, 400)
    _write(ClosingRule(**numbers))
    flash(_("The rule is changed; closings from now on are looked at by it."))
    return redirect(url_for(HERE), code=303)


def _number(name: str, text: str) -> float:
    """Return a number from 0 on. Raises: InvalidInput (the field)."""
    wrong = _("Please enter a number from 0 to %(most)s.", most=MOST)
    try:
        number = float(text)
    except ValueError as error:
        raise InvalidInput(name, "no_number", wrong) from error
    if not 0 <= number <= MOST:  # neither is what is no number at all
        raise InvalidInput(name, "below_zero", wrong)
    return number


def _write(rule: ClosingRule) -> None:
    actor, now = current_actor(), utc_now()
    with unit_of_work() as session:
        before = references.of(session, actor.district_code).closing
        closing.set_rule(session, actor.district_code, rule)
        changed = tuple(
            Difference(name, f"{getattr(before, name):g}", f"{getattr(rule, name):g}")
            for name in NAMES
            if getattr(before, name) != getattr(rule, name)
        )
        if changed:
            change = Change(ChangeKind.CHANGED, WHAT, WHAT, fields=changed)
            source = admin_setup.source()
            setup_base.keep(session, actor.district_code, WHAT, [change], source, now)
