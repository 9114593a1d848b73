"""Sending the resident's plain form, and counting what came of it."""

from typing import Any

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.web.edge import Edge

NO_POSITION = dict.fromkeys(("lon", "lat", "accuracy_m", "datum", "position_source"))


def count(edge: Edge, model: Any) -> int:
    """Count the rows of a table."""
    with edge.rows() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def send(edge: Edge, english: bool = False, **form: Any) -> TestResponse:
    """Send the form as a stranger; redirects are not followed."""
    return edge.visitor(english=english).post("/report", data=edge.form(**form))
