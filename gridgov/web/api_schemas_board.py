"""What programs ask and get about figures."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gridgov.domain.counters import NarrowTable
from gridgov.web.api_input import KEY_CURSOR, MOST, Day, Limit, Moment, Query, TrueOrFalse


class BoardQuery(Query):
    """An area and a period of local days, both included."""

    area: str = Field("", max_length=40, description="The whole district where nothing is said.")
    first: Annotated[date | None, Day] = Field(
        None, alias="from", description="Since launch where nothing is said."
    )
    last: Annotated[date | None, Day] = Field(
        None, alias="to", description="Up to today where nothing is said."
    )
    as_of: Moment | None = Field(
        None,
        description="The figures as they stood at this past moment; those of now where nothing "
        "is said, and for what is still to come.",
    )


class BoardOut(BaseModel):
    """The headline figures of the cases received in a period; a rate with both its parts."""

    model_config = ConfigDict(populate_by_name=True)

    area: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    received: int
    closed: int
    open: int
    overdue: int
    closure_rate: float | None = Field(description="numerator / denominator; null for 0 / 0.")
    numerator: int
    denominator: int
    definition: str
    as_of: str | None = Field(
        json_schema_extra={"format": "date-time"},
        description="The past moment these figures are of; null for those of now.",
    )
    cursor: int = Field(description="The place in the log up to which this is counted.")


class FactQuery(Query):
    """One of the three tables, an area, and up to 400 local days, both included."""

    table: NarrowTable = Field(NarrowTable.RECEIVED, description="By which day cases are counted.")
    area: str = Field("", max_length=40, description="The whole district where nothing is said.")
    parts: Annotated[bool, TrueOrFalse] = Field(False, description="The areas right below it, too.")
    first: Annotated[date, Day] = Field(alias="from", examples=["2026-11-01"])
    last: Annotated[date, Day] = Field(alias="to", examples=["2026-11-30"])
    limit: Limit = MOST
    cursor: str | None = Field(
        None, pattern=KEY_CURSOR, max_length=80, description="`next` of the page before."
    )


class FactOut(BaseModel):
    """The counters of one area and one day. A day without anything has no row."""

    area: str
    day: date
    counts: dict[str, int]


class FactPage(BaseModel):
    """Counters by area and day."""

    table: NarrowTable
    counters: list[str] = Field(description="What this table counts.")
    facts: list[FactOut]
    cursor: int = Field(description="The place in the log up to which this is counted.")
    next: str | None = Field(description="The cursor of the next page; null at the end.")
