"""The board of a past hour: what the slider asks for, and what can be told of it.

Figures of the past are those of the log up to that moment, so an address gives the same
figures whenever it is opened, and each opens the cases it counted then. What no log keeps
(lamps, units of today) is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.fact_view import FactView
from gridgov.domain.workflow import CaseState
from gridgov.services import board as boards
from gridgov.services import figures, hourly
from gridgov.services.board import Figure, Snapshot, View
from gridgov.services.reference import Reference
from gridgov.storage.messages import Message
from gridgov.web import board_measures, words
from gridgov.web.i18n import pick

HOURS = 72
TICK = 12  # hours between two words under the strip
AN_HOUR = timedelta(hours=1)
BAR_HEIGHT = 26
FORM = "%Y-%m-%dT%H:%M"
Link = Callable[[str | None], str]
Said = dict[str, str]


def asked(values: Mapping[str, str], reference: Reference, now: datetime) -> datetime | None:
    """Return the past hour an address asks for; None for now, and for what is to come.

    Raises: InvalidInput (date) for what is no moment.
    """
    text = values.get("as_of")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("date", "invalid", text=text) from error
    local = moment.replace(minute=0, second=0, microsecond=0)
    whole = local if local.tzinfo else local.replace(tzinfo=reference.zone)
    found = whole.astimezone(now.tzinfo)
    return found if found <= now else None


def address_of(values: Mapping[str, str]) -> str | None:
    """Return the address of the hour that the form asks for by day and hour; None without."""
    if not values.get("day"):
        return None
    kept: dict[str, Any] = {
        name: value for name, value in values.items() if name not in {"day", "hour", "as_of"}
    }
    hour = values.get("hour") or "0"
    return url_for("board.show", **kept, as_of=f"{values['day']}T{hour:0>2}:00")


def written(moment: datetime, reference: Reference) -> str:
    """Return a moment as addresses carry it: the district's hour."""
    return moment.astimezone(reference.zone).strftime(FORM)


def said(moment: datetime, reference: Reference) -> str:
    """Return a moment as the page says it."""
    return f"{moment.astimezone(reference.zone):%Y-%m-%d %H:%M}"


def snapshot(session: Session, view: View, *, now: datetime, as_of: datetime) -> Snapshot:
    """Return the figures of a view and its parts as they stood at a past moment."""
    today = boards.snapshot(session, view, now=now)
    areas = [view.area_code, *(part.code for part, _figures in today.parts)]
    found = figures.headline(session, view, areas, now=now, as_of=as_of)
    return Snapshot(
        view=view,
        area=today.area,
        path=today.path,
        figures=found[view.area_code],
        parts=tuple((part, found[part.code]) for part, _figures in today.parts),
        cursor=today.cursor,
    )


def news(session: Session, view: View, as_of: datetime) -> Sequence[Message]:
    """Return the newest messages for a view up to a moment, oldest first."""
    last = session.scalar(
        select(Message.position)
        .where(Message.district_code == view.district_code, Message.at <= as_of)
        .order_by(Message.at.desc(), Message.position.desc())
        .limit(1)
    )
    found = boards.news(session, view, after=0, until=last or 0)
    return [message for message in found if message.at <= as_of]


def slider(
    session: Session,
    view: View,
    reference: Reference,
    link: Link,
    *,
    now: datetime,
    as_of: datetime | None,
) -> dict[str, Any]:
    """Return the strip of hours up to now, or up to the end of a period that is over.

    `link` gives the address of an hour, of now for None.
    """
    hours = _hours(view, reference, now, as_of)
    counts = hourly.received_by_hour(session, view, hours[0].date(), hours[-1].date())
    numbers = [counts.get((hour.date(), hour.hour), 0) for hour in hours]
    chosen = None if as_of is None else as_of.astimezone(reference.zone)
    place = next((n for n, hour in enumerate(hours) if hour == chosen), None)
    back = (as_of or now) - (AN_HOUR if as_of is not None else timedelta(0))
    after = None if as_of is None or as_of + AN_HOUR > now else as_of + AN_HOUR
    return {
        "hours": _bars(hours, numbers, link),
        "ticks": _ticks(hours),
        "place": len(hours) if chosen is None else place if place is not None else 0,
        "moment": None if as_of is None else said(as_of, reference),
        "day": (chosen or now.astimezone(reference.zone)).date().isoformat(),
        "hour": (chosen or now.astimezone(reference.zone)).hour,
        "today": reference.local_day(now).isoformat(),
        "before_url": link(written(back, reference)),
        "after_url": None if after is None else link(written(after, reference)),
        "now_url": link(None),
    }


def _bars(hours: list[datetime], numbers: list[int], link: Link) -> list[dict[str, Any]]:
    most, width = max(*numbers, 1), 100 / len(hours)
    return [
        {
            "x": round(n * width, 3),
            "width": round(width * 0.86, 3),
            "y": BAR_HEIGHT - _height(number, most),
            "height": _height(number, most),
            "url": link(hour.strftime(FORM)),
            "words": f"{hour:%m-%d %H:%M}",
            "count": number,
        }
        for n, (hour, number) in enumerate(zip(hours, numbers, strict=True))
    ]


def _ticks(hours: list[datetime]) -> list[dict[str, Any]]:
    width = 100 / len(hours)
    return [
        {
            "x": round(n * width, 3),
            "words": f"{hour:%H:%M}" if hour.hour else f"{hour:%m-%d %H:%M}",
            "noon": hour.hour > 0,
        }
        for n, hour in enumerate(hours)
        if hour.hour % TICK == 0 and n < len(hours) - TICK / 2
    ]


def _height(number: int, most: int) -> int:
    return max(1, round(BAR_HEIGHT * number / most))


def _hours(
    view: View, reference: Reference, now: datetime, as_of: datetime | None
) -> list[datetime]:
    """Return the whole local hours of the strip, oldest first: the newest, or around a moment."""
    end = now
    if view.last < reference.local_day(now):
        next_day: date = view.last + timedelta(days=1)
        end = datetime.combine(next_day, time(), reference.zone).astimezone(now.tzinfo)
    if as_of is not None and not end - (HOURS - 1) * AN_HOUR <= as_of <= end:
        end = min(now, as_of + AN_HOUR * HOURS / 2)
    last = end.replace(minute=0, second=0, microsecond=0)
    # As moments, not as clock times: an hour that the clocks skip is no hour.
    return [(last - AN_HOUR * back).astimezone(reference.zone) for back in range(HOURS - 1, -1, -1)]


def of_page(page: dict[str, Any], view: View, as_of: datetime, reference: Reference) -> Said:
    """Return what a page of the past says of itself, and let its figures open the cases of then."""
    hour = written(as_of, reference)
    for one, area in ((page["figures"], view.area_code), *((a, a["code"]) for a in page["areas"])):
        one["urls"] = _figure_urls(view, area, hour)
    for one in page["key"].values():
        one["urls"] = then(one["urls"], hour)
    for one in page["areas"]:
        one["measure_urls"] = then(one["measure_urls"], hour)
    for row in page["trend"]["rows"]:
        for cell in filter(None, row["cells"]):
            cell["url"] = at_hour(cell["url"], hour)
    for name in ("indicators_url", "analysis_url"):
        page[name] = at_hour(page[name], hour)
    missing = _("Lamps, units and warnings are only known for now, so they are left out.")
    return words_of(as_of, reference) | {"missing": missing}


def words_of(as_of: datetime, reference: Reference) -> Said:
    """Return what a page says of the past hour it shows, and how addresses carry it."""
    return {"moment": said(as_of, reference), "hour": written(as_of, reference)}


def _figure_urls(view: View, area: str, hour: str) -> dict[str, str]:
    urls = {
        str(figure): board_measures.behind_urls(view, str(figure), area, as_of=hour)["numerator"]
        for figure in Figure
    }
    return {**urls, "numerator": urls["closed"], "denominator": urls["received"]}


def list_url(view: View, figure: Figure, as_of: datetime, reference: Reference) -> str:
    """Return the address of the cases a headline figure counted at a past hour."""
    return _figure_urls(view, view.area_code, written(as_of, reference))[str(figure)]


def then(urls: Mapping[str, str] | None, hour: str) -> dict[str, str] | None:
    """Return addresses of lists as of a past hour."""
    return None if urls is None else {name: at_hour(url, hour) for name, url in urls.items()}


def at_hour(url: str, hour: str) -> str:
    """Return the address of a page that has a query, as of a past hour."""
    return f"{url}&as_of={quote(hour)}"


def then_row(
    row: Mapping[str, Any], stood: FactView | None, reference: Reference
) -> dict[str, Any]:
    """Return a row of a list as its case stood then: state and unit; no lamp burns any more.

    `stood` is None for a case that has not changed since.
    """
    then = {**row, "lamp": None}
    if stood is None:
        return then
    unit = reference.units.get(stood.unit)
    return then | {
        "state_word": str(words.STATE_WORDS[CaseState(stood.state)]),
        "unit": pick(unit.name, unit.name_en) if unit else None,
        "closed": row["closed"] if stood.closed else None,
    }
