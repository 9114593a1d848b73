"""The written reason of a routing, as one sentence in the language of the request."""

from typing import Any

from flask_babel import gettext as _

from gridgov.domain.routing import Placement, Rule, reason_parts
from gridgov.services.reference import Reference
from gridgov.web.i18n import pick


def _name(named: dict[str, Any] | None) -> str:
    if named is None:
        return ""
    return pick(named["name"] or named["code"], named["name_en"] or named["code"])


def sentence(reference: Reference, placement: Placement) -> str:
    """Return what contained the spot, how far the border is, and who is the neighbour."""
    parts = reason_parts(placement, reference.net)
    first = _RULES[placement.rule](_name(parts["area"]))
    more = []
    if parts["neighbour"] is not None and placement.rule is not Rule.CHOSEN:
        more.append(
            _(
                "%(metres)s m from the border of %(neighbour)s",
                metres=round(parts["border_m"]),
                neighbour=_name(parts["neighbour"]),
            )
        )
    if parts["accuracy_m"] is not None:
        more.append(_("accuracy %(metres)s m", metres=round(parts["accuracy_m"])))
    others = [f"{_name(other)} {other['share_percent']}%" for other in parts["alternatives"]]
    if others:
        more.append(_("also touches %(others)s", others=pick("、", ", ").join(others)))
    more.append(_("net version %(number)s", number=parts["version"]))
    return first + pick("；", "; ") + pick("；", "; ").join(more)


_RULES = {
    Rule.PROFESSIONAL: lambda name: _("In the professional grid %(name)s", name=name),
    Rule.COVERS: lambda name: _("Lies in %(name)s", name=name),
    Rule.NEAREST: lambda name: _("In no grid; the nearest is %(name)s", name=name),
    Rule.VILLAGE_TRAY: lambda name: _("No grid known; goes to the village %(name)s", name=name),
    Rule.TOWN_TRAY: lambda name: _("No grid known; goes to the town %(name)s", name=name),
    Rule.DISTRICT_TRAY: lambda name: _("No grid known; goes to the district %(name)s", name=name),
    Rule.CHOSEN: lambda name: _("The reporter named %(name)s", name=name),
}
