"""The open cases behind a lamp of the board, as it burns now. Part of the board."""

from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l

from gridgov.domain.deadlines import Lamp
from gridgov.services import open_lamps
from gridgov.services import reference as references
from gridgov.storage.session import read_only
from gridgov.web import cards, periods, shell, words
from gridgov.web.access import current_actor, requires
from gridgov.web.board import AREA, READERS, board
from gridgov.web.board_asked import of_days, view_of_days
from gridgov.web.instance import utc_now
from gridgov.web.places import name_of

MEANS = {
    Lamp.GREEN: _l("Open, and more than a fifth of the limit is left."),
    Lamp.YELLOW: _l("Open, and a fifth of the limit or less is left."),
    Lamp.RED: _l("Open, and the limit that runs now is over."),
    Lamp.GREY: _l("Open, and its clocks stand."),
}


@board.get("/lamps")
@requires(*READERS, area=AREA)
def lamp_cases() -> str:
    """Show the open cases that show a lamp now."""
    actor, now, lamp = current_actor(), utc_now(), asked_lamp()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        view = view_of_days(request.args, session, actor, reference, now)
        found = open_lamps.cases_with(
            session, actor, view, lamp, now=now, before=request.args.get("before", type=UUID)
        )
        count = getattr(open_lamps.lamps(session, view, now=now), str(lamp))
        rows = [cards.behind_row(case, reference, now) for case in found]
        head = shell.staff_context(actor, "board", reference)
    here = of_days(view)
    more = len(found) == open_lamps.PAGE
    return render_template(
        "board/lamps.html",
        **head,
        name=str(words.LAMP_WORDS[lamp]),
        means=str(MEANS[lamp]),
        count=count,
        area={"name": name_of(reference.net.area(view.area_code))},
        period={"words": periods.words_of(view)},
        back_url=url_for("board.show", **here),
        rows=rows,
        export_url=url_for("board.export_lamp", lamp=str(lamp), **here),
        next_url=url_for("board.lamp_cases", lamp=str(lamp), before=found[-1].id, **here)
        if more
        else None,
    )


def asked_lamp() -> Lamp:
    """Read which lamp an address asks for; the red one for none."""
    asked = request.args.get("lamp", "")
    return Lamp(asked) if asked in set(Lamp) else Lamp.RED
