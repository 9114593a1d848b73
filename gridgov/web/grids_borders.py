"""Borders that confuse people: where cases are handed next door again and again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import shapely
from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from gridgov.domain.border_advice import LEAST, Advice, advice
from gridgov.domain.roles import Actor, Role
from gridgov.services import grids_borders
from gridgov.services import reference as references
from gridgov.services.grids_borders import ConfusingBorder
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.storage.session import read_only
from gridgov.web import words
from gridgov.web.access import current_actor, requires
from gridgov.web.grids import LOOK, context, grids
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of

WATCH = (Role.DISPATCHER, Role.SUPERVISOR, Role.OFFICE)
PERIODS = {30: _l("30 days"), 90: _l("90 days"), 365: _l("a year")}
USUAL = 90
MOST = 50  # rows; whoever mends those has done enough for a year
CASES = 8
ADVICE_WORDS = {
    Advice.GONE: _l("These grids no longer border on each other; nothing is to be done."),
    Advice.FEW: _l("Too few to judge; look again later."),
    Advice.MOVE_BORDER: _l(
        "Nearly all go to %(grid)s: perhaps the ground belongs there. "
        "Try a moved border in a draft and rehearse it."
    ),
    Advice.BETTER_LANDMARKS: _l(
        "The side is mistaken: name a landmark on each side that everybody knows, "
        "or let the border follow a road or a river."
    ),
    Advice.SETTLE_DUTY: _l(
        "The spots are right: settle who takes which kind of problem, "
        "or draw a professional grid for it."
    ),
}
AREA = "borders of the district, for others those of their own areas"
Cases = Mapping[tuple[str, str], Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Found:
    """The borders a person looks at: of how many days, most often first, with their cases."""

    days: int
    since: datetime
    now: datetime
    borders: Sequence[ConfusingBorder]
    cases: Cases

    def row(self, number: int, reference: Reference) -> dict[str, Any]:
        """Return the border at a place of the list, from 1, as the table shows it."""
        return _row(number, self.borders[number - 1], self.cases, reference, self.now)


def find(session: Session, actor: Actor) -> Found:
    """Return the borders of the days that are asked for, in the areas of the person."""
    now = utc_now()
    asked = request.args.get("days", USUAL, type=int)
    days = asked if asked in PERIODS else USUAL
    since = now - timedelta(days=days)
    within = None if actor.has(*LOOK) else actor.areas(*WATCH)
    found = grids_borders.confusing_borders(session, actor.district_code, since, within)
    return Found(days, since, now, found, grids_borders.handed_cases(session, actor, since))


@grids.get("/borders")
@requires(*LOOK, *WATCH, area=AREA)
def borders() -> str:
    """Show the borders over which cases were handed most often, and what to do about them."""
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        seen = find(session, actor)
        head = context(actor, reference, "grids.borders")
    found = seen.borders
    return render_template(
        "admin/grids-borders.html",
        **head,
        periods=_periods(seen.days),
        since=words.clock(seen.since, seen.now, reference.zone),
        rows=[seen.row(number, reference) for number in range(1, len(found[:MOST]) + 1)],
        export_url=url_for("grids.export_borders", days=seen.days),
        total=sum(border.count for border in found),
        left_out=max(0, len(found) - MOST),
        map=_map(found[:MOST], reference),
        shows_cases=actor.has(*WATCH),
        may_draft=actor.has(*LOOK),
    )


def _periods(days: int) -> list[dict[str, Any]]:
    return [
        {"words": str(word), "url": url_for("grids.borders", days=one), "current": one == days}
        for one, word in PERIODS.items()
    ]


def _row(
    number: int, border: ConfusingBorder, cases: Cases, reference: Reference, now: datetime
) -> dict[str, Any]:
    names = [
        code if area is None else name_of(area)
        for code, area in zip(border.codes, border.names, strict=True)
    ]
    seen = cases.get(border.codes, ())
    return {
        "number": number,
        "sides": [
            {"name": name, "came": came}
            for name, came in zip(names, (border.back, border.forth), strict=True)
        ],
        "count": border.count,
        "reasons": [
            {"words": str(words.REASON_WORDS[reason]), "count": count}
            for reason, count in sorted(border.reasons.items(), key=lambda one: (-one[1], one[0]))
        ],
        "on_map": border.border is not None,
        "advice": _advice(border, names),
        "weak": border.border is None or border.count < LEAST,
        "cases": [
            {"number": case.number, "url": url_for("work.case", case_id=case.id)}
            for case in seen[:CASES]
        ],
        "more": max(0, len(seen) - CASES),
    }


def _advice(border: ConfusingBorder, names: Sequence[str]) -> list[str]:
    found = advice(border.forth, border.back, border.reasons, is_there=border.border is not None)
    towards = names[1] if border.forth >= border.back else names[0]
    # Only the words that name a grid have a place for it.
    said = ((one, str(ADVICE_WORDS[one])) for one in found)
    return [text % {"grid": towards} if one is Advice.MOVE_BORDER else text for one, text in said]


def _map(found: Sequence[ConfusingBorder], reference: Reference) -> dict[str, Any] | None:
    """Return the borders as GeoJSON with their number and count, and the view that holds them."""
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(border.border),
            "properties": {"number": number, "count": border.count},
        }
        for number, border in enumerate(found, 1)
        if border.border is not None
    ]
    if not features:
        return None
    drawn = [border.border for border in found if border.border is not None]
    return {
        "lines": {"type": "FeatureCollection", "features": features},
        "fit": [float(edge) for edge in shapely.total_bounds(drawn)],
        "areas": url_for("api.areas_geojson", district=reference.district_code),
        "synthetic": reference.net.synthetic,
    }
