"""What kind of area a code names, as a letter of `FactView.kinds`."""

from sqlalchemy.orm import Session

from gridgov.domain.areas import AreaKind
from gridgov.services.reference import of as reference_of

_LETTERS = {
    AreaKind.DISTRICT: "d",
    AreaKind.TOWN: "t",
    AreaKind.VILLAGE: "v",
    AreaKind.GRID: "g",
    AreaKind.PROFESSIONAL: "p",
}


def letter(session: Session, district_code: str, area_code: str) -> str:
    """Return d, t, v, g or p; an area nobody knows counts as a grid: nothing is in it."""
    area = reference_of(session, district_code).area(area_code)
    return "g" if area is None else _LETTERS[area.kind]
