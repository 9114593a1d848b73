"""What programs send and get about reports and cases, and the shape of a problem.

These models check what comes in, write what goes out and make the OpenAPI document.
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from gridgov.domain.datum import PositionSource
from gridgov.domain.deadlines import Lamp
from gridgov.domain.errors import InvalidInput
from gridgov.domain.escalation import TimerKind
from gridgov.domain.intake import MAX_TEXT
from gridgov.domain.workflow import Action, CaseState, PublicState
from gridgov.services.intake import MAX_CONTACT, MAX_PHOTOS, MAX_PLACE_WORDS
from gridgov.web.api_input import (
    ID_CURSOR,
    KEY_CURSOR,
    USUAL,
    Day,
    Limit,
    Moment,
    Nothing,
    Number,
    Query,
    TrueOrFalse,
)

DECIMAL = r"(\.[0-9]+)?"  # [0-9]: \d means every script's digits to some readers
LON_TEXT = rf"^-?(180(\.0+)?|(1[0-7][0-9]|[0-9]{{1,2}}){DECIMAL})$"
LAT_TEXT = rf"^-?(90(\.0+)?|[0-8]?[0-9]{DECIMAL})$"
METRES_TEXT = rf"^[0-9]{{1,9}}{DECIMAL}$"
SAID = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}


def _said(value: Any) -> Any:
    return SAID.get(value.casefold(), value) if isinstance(value, str) else value


# JSON says true or false; a form has words for it.
Yes = Annotated[
    bool,
    BeforeValidator(_said),
    Field(strict=True),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": list(SAID)}]}),
]


def _number_or_text(pattern: str, low: int, high: int | None) -> WithJsonSchema:
    number: dict[str, Any] = {"type": "number", "minimum": low}
    if high is not None:
        number["maximum"] = high
    kinds = [number, {"type": "string", "pattern": pattern}, {"const": ""}, {"type": "null"}]
    return WithJsonSchema({"anyOf": kinds})


def _sign(kind: str, low: int, high: int | None) -> Any:
    limited = Annotated[float, Field(ge=low, le=high, allow_inf_nan=False)]
    return Annotated[limited | None, Number, Nothing, _number_or_text(kind, low, high)]


def words_of(name: str, most: int) -> Any:
    """Return the type of a text with at most so many characters, a line break being one.

    A form sends two for each. The sentence for people says how long it is.
    """

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value.replace("\r\n", "\n")
        if len(text) > most:
            raise InvalidInput(name, "too_long", length=len(text), limit=most)
        return text

    return Annotated[str, BeforeValidator(check), Field(json_schema_extra={"maxLength": most})]


class FieldProblem(BaseModel):
    """One thing that is wrong with one field."""

    field: str = Field(description="The name of the field or parameter.")
    reason: str = Field(description="A stable word for what is wrong.", examples=["missing"])
    message: str = Field(description="A sentence for people, in the language asked for.")


class Problem(BaseModel):
    """What went wrong (RFC 9457): `code` and `errors` are for programs, the rest for people."""

    type: str = Field(examples=["urn:gridgov:invalid_input"])
    title: str = Field(description="What kind of problem it is.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong this time.")
    code: str = Field(description="A stable word for the kind.", examples=["invalid_input"])
    errors: list[FieldProblem] = Field(description="Field by field, empty where no field is wrong.")


class ReportIn(BaseModel):
    """A report. It needs a class, a place (position, area or words) and a text or a photo."""

    client_token: str | None = Field(
        None,
        min_length=8,
        max_length=100,
        description="Made by the sender; the same again gives the same receipt. "
        "The header Idempotency-Key counts before it; one of the two is needed.",
        examples=["b7d1c2f0-4b1e-4c57-9a55-0f2c6a1d9e11"],
    )
    category: str | None = Field(
        None, max_length=40, description="Code of a minor class.", examples=["0101"]
    )
    text: words_of("text", MAX_TEXT) = Field("", description="What is wrong.")  # type: ignore[valid-type]
    lon: _sign(LON_TEXT, -180, 180) = Field(  # type: ignore[valid-type]
        None, description="Degrees east, in the datum named.", examples=[112.8915]
    )
    lat: _sign(LAT_TEXT, -90, 90) = Field(  # type: ignore[valid-type]
        None, description="Degrees north, in the datum named.", examples=[22.9014]
    )
    datum: str | None = Field(
        None,
        max_length=40,
        description="wgs84, cgcs2000, gcj02 or bd09; needed with a position.",
        examples=["wgs84"],
    )
    accuracy_m: _sign(METRES_TEXT, 0, None) = Field(  # type: ignore[valid-type]
        None, description="How good the position is, in metres."
    )
    position_source: str = Field(
        "",
        max_length=40,
        description="Where the position comes from: " + ", ".join(PositionSource) + ".",
    )
    area_code: str = Field("", max_length=40, description="An area named instead of a position.")
    near_choice: str = Field("", max_length=40, description="The grid chosen at a border.")
    place_words: words_of("place_words", MAX_PLACE_WORDS) = Field(  # type: ignore[valid-type]
        "", description="The place in words."
    )
    by_words: Yes = Field(
        False, description="The place may be known from place_words alone; with a key only."
    )
    phone: str = Field("", max_length=MAX_CONTACT, description="Of the reporter; kept sealed.")
    email: str = Field("", max_length=MAX_CONTACT, description="Kept sealed; with a key only.")
    reporter_name: str = Field(
        "", max_length=MAX_CONTACT, description="Kept sealed; with a key only."
    )
    external_id: str | None = Field(
        None, max_length=100, description="The sender's own number of it; with a key only."
    )
    answers: dict[str, str | list[str]] = Field(
        default_factory=dict, description="Answers to the questions of the class, by their code."
    )
    join_case: str = Field(
        "", max_length=40, description="Number of an open case near by that this is about too."
    )
    join: str = Field("", max_length=40, description="The same as join_case, for the page.")
    split: Yes = Field(False, description="Make a report of each problem the text tells of.")
    emergency_ack: Yes = Field(False, description="Send although it sounds like an emergency.")


class ReportForm(ReportIn):
    """The same as a form, with photos."""

    photos: list[bytes] = Field(
        default_factory=list,
        max_length=MAX_PHOTOS,
        description=f"Up to {MAX_PHOTOS} pictures (JPEG, PNG, WebP, HEIC), 15 MB each.",
    )


class ReceiptOut(BaseModel):
    """What the sender keeps: the code opens the report's page, for whoever has it."""

    report_id: UUID
    receipt_code: str = Field(examples=["7K2M-9QXA-4FHT"])
    code: str = Field(description="The same as receipt_code.")
    receipt_url: str
    case_number: str = Field(examples=["440608-261122-00042"])
    repeated: bool = Field(description="This token had come before; nothing was written.")
    joined: bool = Field(description="It was added to an open case.")
    title: str
    summary: str


class ReceiptsOut(ReceiptOut):
    """The receipt of a report; `receipts` has one for each part of a report that was split."""

    receipts: list[ReceiptOut]


class CaseBrief(BaseModel):
    """The case a report is part of, as its reporter may know it."""

    number: str
    public_state: PublicState
    goes_on_with: str | None = Field(
        description="The number of the case it was merged into, which is what the state says."
    )


class QuestionOut(BaseModel):
    """A question that waits for the reporter's answer; the clock stands meanwhile."""

    text: str
    asked_at: str = Field(json_schema_extra={"format": "date-time"})


class SentPosition(BaseModel):
    """A position exactly as it was sent."""

    lon: float
    lat: float
    datum: str
    source: str | None
    accuracy_m: float | None


class Point(BaseModel):
    """A position in WGS-84."""

    lon: float
    lat: float


class ReportOut(BaseModel):
    """A report made with this key, as it was sent."""

    id: UUID
    external_id: str | None
    case: CaseBrief
    receipt_code: str
    channel: str
    category: str
    text: str | None
    place_words: str | None
    sent_position: SentPosition | None
    position: Point | None
    answers: dict[str, Any]
    photos: int = Field(description="How many pictures came with it.")
    joined: bool
    received_at: str = Field(json_schema_extra={"format": "date-time"})
    question: QuestionOut | None = Field(description="Answer it at /reports/{report_id}/answer.")
    withdrawn_at: str | None = Field(json_schema_extra={"format": "date-time"})


class ReportActIn(BaseModel):
    """What a reporter says with an act."""

    text: words_of("text", MAX_TEXT) = Field("", description="In the reporter's own words.")  # type: ignore[valid-type]


class ReportPage(BaseModel):
    """Reports, the newest first."""

    reports: list[ReportOut]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class ReportQuery(Query):
    """Which of the key's own reports."""

    external_id: str | None = Field(None, max_length=100, description="The sender's own number.")
    limit: Limit = USUAL
    cursor: str | None = Field(None, pattern=ID_CURSOR, description="`next` of the page before.")


class CaseQuery(Query):
    """Which cases. Filters narrow each other; days are local, both included."""

    state: list[CaseState] = Field(default_factory=list, description="May be repeated.")
    category: str = Field("", max_length=40, description="Code of a class, major or minor.")
    area: str = Field("", max_length=40, description="Code of an area of any kind.")
    first: Annotated[date | None, Day] = Field(
        None, alias="from", description="Received on this day or later."
    )
    last: Annotated[date | None, Day] = Field(
        None, alias="to", description="Received on this day or before."
    )
    updated_after: Moment | None = Field(None, description="Changed after this moment.")
    overdue: Annotated[bool | None, TrueOrFalse] = Field(
        None, description="Open and past the limit that runs now, or not."
    )
    own: Annotated[bool, TrueOrFalse] = Field(
        False, description="Only cases of reports that came with this key."
    )
    limit: Limit = USUAL
    cursor: str | None = Field(
        None, pattern=KEY_CURSOR, max_length=80, description="`next` of the page before."
    )


class CategoryBrief(BaseModel):
    """A class by code and names."""

    code: str
    name: str
    name_en: str


class CaseOut(BaseModel):
    """A case. Moments are UTC; no words of the reporter and no person are in it."""

    id: UUID
    number: str
    state: CaseState
    public_state: PublicState
    category: CategoryBrief
    severity: int
    confidential: bool
    area: str = Field(description="Code of the smallest area it lies in.")
    path: list[str] = Field(description="Area codes from the district down.")
    grid_version: int
    place: str
    position: Point | None
    level: str
    unit: str | None = Field(description="Code of the unit that has it.")
    received_at: str = Field(json_schema_extra={"format": "date-time"})
    received_on: date = Field(description="The local day.")
    updated_at: str = Field(json_schema_extra={"format": "date-time"})
    due_at: str | None = Field(
        description="The handling limit; null where there is none.",
        json_schema_extra={"format": "date-time"},
    )
    due_provisional: bool = Field(description="The limit rests on an unpublished calendar.")
    overdue: bool = Field(description="Open and past the limit that runs now.")
    lamp: Lamp | None = Field(
        description="Green under 80 % of the limit, yellow to 100 %, red over, grey while the "
        "clock stands; null once nobody has to act."
    )
    closed_at: str | None = Field(json_schema_extra={"format": "date-time"})
    report_count: int
    return_count: int
    rework_count: int
    reopen_count: int
    solved: bool | None
    satisfaction: str | None


class ComingOut(BaseModel):
    """One thing that happens if nobody acts."""

    kind: TimerKind
    at: str = Field(json_schema_extra={"format": "date-time"})
    provisional: bool = Field(description="It rests on an unpublished calendar.")
    level: str | None = Field(description="The level that takes the case, where it climbs.")
    unit: str | None = Field(description="Code of the unit that takes the case, or is told.")


class StepOut(BaseModel):
    """A step of a staged limit, in the words of the catalogue."""

    name: str
    due_at: str = Field(json_schema_extra={"format": "date-time"})
    provisional: bool
    done_at: str | None = Field(
        json_schema_extra={"format": "date-time"}, description="When it was said to be done."
    )


class CaseDetail(CaseOut):
    """One case, with what will happen to it."""

    coming: list[ComingOut] = Field(description="What happens if nobody acts, in its order.")
    steps: list[StepOut] = Field(description="The steps of a staged limit; empty without.")


class CasePage(BaseModel):
    """Cases, the newest number first."""

    cases: list[CaseOut]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class EntryOut(BaseModel):
    """One line of a case's history; programs get only words that are meant for the public."""

    seq: int
    at: str = Field(json_schema_extra={"format": "date-time"})
    action: Action
    from_state: CaseState | None
    to_state: CaseState
    by_role: str
    reason: str | None
    unit: str | None
    text: str | None


class HistoryOut(BaseModel):
    """The lines of a case, oldest first."""

    number: str
    entries: list[EntryOut]
