"""What an address of the board asks for: area, period, and what its parts are set to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.scope import board_areas
from gridgov.services import board as boards
from gridgov.services.board import View
from gridgov.services.reference import Reference
from gridgov.web import periods
from gridgov.web.periods import Period

# Which figure colours the map, is cut, is drawn over time, and in which steps.
SETTINGS = ("by", "cut", "trend", "step")


@dataclass(frozen=True, slots=True)
class Asked:
    """One address of the board, as it was asked for; `period.key` is "" for free days."""

    view: View
    period: Period
    settings: Mapping[str, str]

    def query(self, **changes: str) -> dict[str, str]:
        """Return what an address of the same view asks for, with other settings."""
        whole = of_days(self.view)
        if self.period.key:
            whole = {"area": self.view.area_code, "period": self.period.key}
        return {**whole, **self.settings, **changes}

    def url(self, endpoint: str, **changes: str) -> str:
        """Return the address of a page of this view."""
        asked: dict[str, Any] = self.query(**changes)
        return url_for(endpoint, **asked)


def read(
    values: Mapping[str, str], session: Session, actor: Actor, reference: Reference, now: datetime
) -> Asked:
    """Read an address (or a form that carries one); the whole of the actor's since launch else.

    Raises: NotFound, NotAllowed, InvalidInput (date).
    """
    if values.get("from") or values.get("to"):
        period = Period("", *periods.read(values, session, reference, now))
    else:
        period = periods.named(values.get("period", "all"), session, reference, now)
    area_code = values.get("area") or top_area(actor)
    view = boards.open_view(session, actor, area_code, period.first, period.last)
    settings = {name: values[name] for name in SETTINGS if values.get(name)}
    return Asked(view, period, settings)


def of_days(view: View) -> dict[str, Any]:
    """Return how an address asks for the area and the days of a view."""
    return {"area": view.area_code, **periods.asked(view)}


def view_of_days(
    values: Mapping[str, str], session: Session, actor: Actor, reference: Reference, now: datetime
) -> View:
    """Read an address that names its days, as those of what stands behind a figure do.

    Raises: NotFound, NotAllowed, InvalidInput (date).
    """
    first, last = periods.read(values, session, reference, now)
    return boards.open_view(session, actor, values.get("area") or top_area(actor), first, last)


def top_area(actor: Actor) -> str:
    """Return the area a person's board opens on: the first one granted."""
    return sorted(board_areas(actor), key=lambda code: (len(code), code))[0]
