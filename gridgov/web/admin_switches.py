"""Administration: rules of the district, switched by a form (规则设置)."""

from dataclasses import asdict
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.stage_limits import SEVERITIES
from gridgov.domain.storms import BOUNDS, StormRule, in_bounds
from gridgov.domain.table_imports import Change, ChangeKind, Difference
from gridgov.services import district_rules, setup_base
from gridgov.services import reference as references
from gridgov.services.district_rules import Rules
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import admin_setup
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import admin
from gridgov.web.admin_setup import AREA, CHANGE, LOOK, context
from gridgov.web.instance import utc_now

HERE = "admin.show_rules"
WHAT = "rules"


@admin.get("/rules")
@requires(*LOOK, area=AREA)
def show_rules() -> BaseResponse:
    """Show the rules of the district."""
    return _page(None, {}, 200)


def _page(typed: dict[str, str] | None, errors: dict[str, str], status: int) -> BaseResponse:
    code = current_actor().district_code
    with read_only() as session:
        reference = references.of(session, code)
    kept = _as_typed(district_rules.rules_of(reference))
    html = render_template(
        "admin/setup-rules.html",
        **context(HERE, reference) | {"errors": errors},
        values=kept if typed is None else typed,
        usual={name: f"{value:g}" for name, value in asdict(StormRule()).items()},
        severities=list(SEVERITIES),
        history=admin_setup.latest(reference, WHAT, "pack"),
    )
    return make_response(html, status)


def _as_typed(rules: Rules) -> dict[str, str]:
    """Return rules as the form says them."""
    storm = {name: f"{value:g}" for name, value in asdict(rules.storm).items()}
    night = "" if rules.natural_from is None else str(rules.natural_from)
    return {"ladder": "1" if rules.ladder else "", "natural_from": night, **storm}


@admin.post("/rules")
@requires(*CHANGE, area=AREA)
def set_rules() -> BaseResponse:
    """Set the rules; who changed them and from what stays on record."""
    names = ("ladder", "natural_from", *BOUNDS)
    typed = {name: request.form.get(name, "").strip()[:20] for name in names}
    numbers, errors = _numbers(typed)
    night = typed["natural_from"]
    if night and (not night.isdecimal() or int(night) not in SEVERITIES):
        errors["natural_from"] = _("Please choose one of the list.")
    if errors:
        return _page(typed, errors, 400)
    storm = StormRule(**numbers)
    _write(Rules(bool(typed["ladder"]), int(night) if night else None, storm))
    flash(_("The rules are changed; what comes due is planned anew by them."))
    return redirect(url_for(HERE), code=303)


def _numbers(typed: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the numbers of a storm, and what is wrong with those that are none."""
    numbers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, (least, most) in BOUNDS.items():
        number = _number(name, typed[name])
        if number is not None and in_bounds(name, number):  # neither is what is no number at all
            numbers[name] = number
        else:
            wrong = _("Please enter a number from %(least)s to %(most)s.", least=least, most=most)
            errors[name] = wrong
    return numbers, errors


def _number(name: str, text: str) -> float | None:
    try:
        return int(text) if name == "reports" else float(text)
    except ValueError:
        return None


def _write(rules: Rules) -> None:
    actor, now = current_actor(), utc_now()
    with unit_of_work() as session:
        reference = references.of(session, actor.district_code)
        before = _as_typed(district_rules.rules_of(reference))
        district_rules.set_rules(session, actor.district_code, rules)
        after = _as_typed(rules)
        changed = tuple(
            Difference(name, before[name] or "0", after[name] or "0")
            for name in before
            if before[name] != after[name]
        )
        if changed:
            change = Change(ChangeKind.CHANGED, WHAT, WHAT, fields=changed)
            source = admin_setup.source()
            setup_base.keep(session, actor.district_code, WHAT, [change], source, now)
