"""Where something is: looking up by position, by name, and the one question at a border."""

from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict

from gridgov.domain.areas import AreaKind, AreaShape
from gridgov.domain.datum import to_wgs84
from gridgov.domain.errors import GridgovError
from gridgov.domain.place_words import here, named_in
from gridgov.domain.routing import Placement, Rule
from gridgov.services import routing
from gridgov.services.reference import Reference
from gridgov.web import routing_words, similar, submissions
from gridgov.web.i18n import pick

CHOICES = 8
SEARCHABLE = frozenset({AreaKind.GRID, AreaKind.PROFESSIONAL, AreaKind.VILLAGE})


def name_of(area: AreaShape) -> str:
    """Return an area's name in the language of the request."""
    return pick(area.name, area.name_en)


def full_name(reference: Reference, code: str) -> str:
    """Return an area's name; a grid's already starts with its village's."""
    return name_of(reference.net.area(code))


def place_words(reference: Reference, placement: Placement) -> str:
    """Return where a spot is, in the resident's words: its area, or that it is not ours."""
    if placement.rule is Rule.OUTSIDE:
        return routing_words.outside_ours()
    return full_name(reference, placement.area_code)


def accuracy_words(metres: float | None) -> str:
    """Return how good a position is, in words."""
    if metres is None:
        return ""
    if metres >= 1000:
        return _("good to about %(km)s km", km=f"{metres / 1000:.1f}")
    return _("good to about %(m)s m", m=round(metres))


def landmark_words(reference: Reference, code: str) -> str:
    """Return up to two landmarks of a grid."""
    marks = reference.landmarks.get(code, ())[:2]
    sep = "、" if pick("zh", "en") == "zh" else ", "
    return sep.join(pick(str(mark["name"]), str(mark["name_en"])) for mark in marks)


def border_question(reference: Reference, placement: Placement) -> dict[str, Any] | None:
    """Return the one plain question for a spot near a border, None where it is clear.

    It asks for the surroundings, not for grids: residents know shops, not borders.
    """
    codes = [candidate.code for candidate in placement.candidates]
    if placement.area_code not in codes and placement.rule is not Rule.OUTSIDE:
        codes.insert(0, placement.area_code)
    if not placement.near_boundary or len(codes) < 2:
        return None
    return {
        "question": _("Which side is it on?"),
        "hint": _(
            "Different grid workers look after the two sides; the right one is there sooner."
        ),
        "choices": [
            {
                "code": code,
                "label": landmark_words(reference, code) or full_name(reference, code),
                "note": full_name(reference, code),
            }
            for code in codes[:3]
        ],
    }


def search(reference: Reference, asked: str) -> list[dict[str, Any]]:
    """Return grids whose name or landmark fits the words, best first."""
    found = reference.net.search(asked, CHOICES, SEARCHABLE)
    return [as_choice(reference, area) for area in found]


def as_choice(reference: Reference, area: AreaShape) -> dict[str, Any]:
    """Return an area as a form offers it: code, name and up to two landmarks."""
    note = landmark_words(reference, area.code)
    return {"code": area.code, "name": name_of(area), "note": note}


def choices(
    reference: Reference, sent: ImmutableMultiDict[str, str], words: str = ""
) -> list[dict[str, Any]]:
    """Return the areas to choose from; one that was chosen stays among them."""
    found = search(reference, sent.get("place_words", "").strip())
    if not found and not sent.get("lon"):
        found = [as_choice(reference, area) for area in named_in(reference.net, words)]
    chosen = reference.net.find(sent.get("area_code"))
    if chosen is not None and chosen.code not in {one["code"] for one in found}:
        found.insert(0, as_choice(reference, chosen))
    return found


def for_form(reference: Reference, sent: ImmutableMultiDict[str, str]) -> dict[str, Any]:
    """Return what the plain form can say about the place after a refused post.

    What the words name is offered to choose from, never taken for the place by itself.
    """
    words = f"{sent.get('place_words', '')} {sent.get('text', '')}"
    shown: dict[str, Any] = {"place_choices": choices(reference, sent, words), "here": here(words)}
    try:
        position = submissions.read_position(submissions.Sent(sent.to_dict()))
        if position is None:
            return shown
        spot = to_wgs84(lon=position.lon, lat=position.lat, datum=position.datum)
        placement = routing.locate(reference, spot, sent.get("category"), position.accuracy_m)
    except GridgovError:
        # The refused field has its own sentence already; there is no place to show.
        return shown
    shown["place"] = {
        "name": place_words(reference, placement),
        "note": accuracy_words(position.accuracy_m),
    }
    shown["near_boundary"] = border_question(reference, placement)
    shown["similar"] = similar.around(reference, spot, sent.get("category"))
    return shown
