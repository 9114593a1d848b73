"""What programs ask and get about areas, classes, places and figures."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gridgov.domain.areas import AreaKind
from gridgov.domain.deadlines import LimitUnit
from gridgov.domain.intake import MAX_TEXT
from gridgov.domain.questions import Datatype
from gridgov.domain.routing import Rule
from gridgov.services.intake import MAX_PLACE_WORDS
from gridgov.web.api_input import (
    KEY_CURSOR,
    USUAL,
    DatumName,
    Lat,
    Limit,
    Lon,
    Metres,
    Query,
    Whole,
)
from gridgov.web.api_schemas import LAT_TEXT, LON_TEXT, words_of

NEAR = f"^({LON_TEXT[1:-1]},{LAT_TEXT[1:-1]})?$"
BOX = f"^({LON_TEXT[1:-1]},{LAT_TEXT[1:-1]},{LON_TEXT[1:-1]},{LAT_TEXT[1:-1]})?$"
DISTRICT = Field("", max_length=40, description="Of this district instead of the key's own.")


class AreaQuery(Query):
    """Areas by kind or parent, in pages; with `q` the few whose name or landmark fits."""

    q: str | None = Field(None, max_length=200, description="Words of a name or a landmark.")
    kind: AreaKind | None = None
    parent: str = Field("", max_length=40, description="Only those right below this area.")
    district: str = DISTRICT
    limit: Limit = USUAL
    cursor: str | None = Field(
        None, pattern=KEY_CURSOR, max_length=80, description="`next` of the page before."
    )


class AreaOut(BaseModel):
    """An area of the active version. Its code is never used again for another one."""

    code: str = Field(examples=["440608004025006"])
    parent_code: str | None
    kind: AreaKind
    name: str
    name_en: str
    categories: list[str] = Field(description="The classes a professional grid takes.")


class AreaFound(BaseModel):
    """An area that fits the words of `q`, named in the language asked for."""

    model_config = ConfigDict(extra="allow")

    code: str
    name: str
    note: str = Field(description="Landmarks by which people know it.")


class AreaPage(BaseModel):
    """Areas by code; with `q` the best first, without another page."""

    version: int = Field(description="The version of the net.")
    synthetic: bool = Field(description="The borders are invented, not real ones.")
    areas: list[AreaOut] | list[AreaFound]
    next: str | None = Field(description="The cursor of the next page; null at the end.")


class Landmark(BaseModel):
    """A thing by which people know a grid."""

    name: str
    lon: float
    lat: float


class AreaDetail(AreaOut):
    """An area with its place in the tree and on the map (WGS-84)."""

    version: int
    synthetic: bool
    path: list[str] = Field(description="Area codes from the district down.")
    children: int
    center: list[float] | None = Field(description="[lon, lat] of a point inside.")
    bbox: list[float] | None = Field(description="[west, south, east, north].")
    landmarks: list[Landmark]


class DistrictQuery(Query):
    """Of which district."""

    district: str = DISTRICT


class BorderQuery(Query):
    """The areas of a kind that a map shows, the grids near a spot, or those right below one."""

    kind: AreaKind | None = Field(
        None, description="Those of this kind in view.", examples=["grid"]
    )
    bbox: str = Field(
        "",
        max_length=160,
        pattern=BOX,
        description="What the map shows: west,south,east,north in WGS-84. All where it is empty.",
        examples=["112.85,22.86,112.93,22.93"],
    )
    zoom: Annotated[Annotated[int, Field(ge=0, le=24)] | None, Whole] = Field(
        None,
        description="Of a web map (256 pixels a tile); all detail where nothing is said.",
        examples=[15],
    )
    version: Annotated[Annotated[int, Field(ge=1, le=2_147_483_647)] | None, Whole] = Field(
        None, description="Of the net: the active one or one before; the answer never changes."
    )

    near: str = Field("", max_length=80, pattern=NEAR, description="lon,lat in WGS-84.")
    parent: str = Field("", max_length=40, description="Code of an area.")
    district: str = DISTRICT


class Feature(BaseModel):
    """An area with its border."""

    type: Literal["Feature"]
    id: str
    properties: dict[str, Any]
    geometry: dict[str, Any] | None


class FeatureCollection(BaseModel):
    """Areas with borders (GeoJSON, WGS-84)."""

    type: Literal["FeatureCollection"]
    version: int
    synthetic: bool
    kind: AreaKind | None = Field(description="What `features` are, where a kind was asked for.")
    coarser: bool = Field(description="Too many were in view: this is a level above.")
    features: list[Feature]


class LimitOut(BaseModel):
    """A limit: so many working or natural hours or days."""

    amount: float
    unit: LimitUnit = Field(description="Working hours or days, natural hours or days.")


class ValueOut(BaseModel):
    """An answer to choose."""

    key: str
    name: str
    name_en: str


class QuestionOut(BaseModel):
    """A question of a class, as an Open311 service definition has it."""

    code: str
    datatype: Datatype
    required: bool
    description: str
    description_en: str
    hint: str
    hint_en: str
    values: list[ValueOut]


class CategoryOut(BaseModel):
    """A class of problems, major (without parent) or minor; reports name a minor one."""

    code: str
    parent_code: str | None
    name: str
    name_en: str
    severity: int = Field(description="1 (usual) to 4 (life in danger).")
    confidential: bool
    public: bool
    level: str
    unit: str | None
    accept_limit: LimitOut
    handle_limit: LimitOut
    after_photo: bool
    hand_over: str | None = Field(description="The emergency number that comes first.")
    keywords: list[str]
    questions: list[QuestionOut]


class CategoryList(BaseModel):
    """All classes of the catalogue in use, by code."""

    version: int
    categories: list[CategoryOut]


class LocateQuery(Query):
    """A position with its datum."""

    lon: Lon = Field(description="Degrees east.", examples=[112.8915])
    lat: Lat = Field(description="Degrees north.", examples=[22.9014])
    datum: DatumName = Field(
        description="A position without its datum is refused.", examples=["wgs84"]
    )
    accuracy_m: Metres = Field(None, description="How good the position is, in metres.")
    accuracy: Metres = Field(None, description="The same as accuracy_m.")
    category: str = Field("", max_length=40, description="Some classes have grids of their own.")
    district: str = DISTRICT


class NearbyQuery(Query):
    """A position with its datum, and what it is about."""

    lon: Lon = Field(examples=[112.8915])
    lat: Lat = Field(examples=[22.9014])
    datum: DatumName = Field(examples=["wgs84"])
    category: str = Field("", max_length=40, description="Code of a class.")
    district: str = DISTRICT


class GridName(BaseModel):
    """A grid by code and names."""

    code: str
    name: str
    name_en: str


class PathStep(BaseModel):
    """An area on the way down."""

    code: str
    name: str


class CandidateOut(BaseModel):
    """A grid the circle of accuracy touches, and its share of the circle."""

    code: str
    share: float


class Choice(BaseModel):
    """One answer to the question at a border."""

    code: str
    label: str
    note: str


class BorderQuestion(BaseModel):
    """What to ask a person who stands near a border."""

    question: str
    hint: str
    choices: list[Choice]


class LocatedOut(BaseModel):
    """The grid a position belongs to, and why."""

    state: Literal["found", "vague", "outside"]
    grid: GridName
    name: str
    path: list[PathStep]
    rule: Rule
    reason: str
    near_boundary: bool
    candidates: list[CandidateOut]
    question: BorderQuestion | None
    version: int
    synthetic: bool


class SimilarOut(BaseModel):
    """An open case near by that may be the same."""

    code: str = Field(description="Its number: join_case of a report that joins it.")
    title: str
    note: str
    photo_url: str | None


class NearbyOut(BaseModel):
    """Up to five open cases near by, the likeliest first."""

    similar: list[SimilarOut]


class HintsIn(BaseModel):
    """Words of a report, while they are typed."""

    text: words_of("text", MAX_TEXT) = ""  # type: ignore[valid-type]
    place_words: words_of("place_words", MAX_PLACE_WORDS) = ""  # type: ignore[valid-type]


class EmergencyOut(BaseModel):
    """A number to call first, and the words that made us think so."""

    number: str
    words: str


class AdviceOut(BaseModel):
    """Numbers worth calling, and the words that made us think so."""

    numbers: list[str]
    words: str


class HintClass(BaseModel):
    """A class as tiles show it."""

    model_config = ConfigDict(extra="allow")

    code: str
    name: str
    icon: str


class HintedProblem(BaseModel):
    """One of several problems in a text."""

    text: str
    category: HintClass | None


class HintsOut(BaseModel):
    """What the words suggest: proposals only, nothing is kept."""

    emergency: EmergencyOut | None
    advice: AdviceOut | None
    categories: list[HintClass]
    problems: list[HintedProblem]
    personal: list[str]
    places: list[AreaFound]
    here: str | None
