"""Errors as sentences: what happened, what was kept, what to do next."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.errors import (
    Conflict,
    GridgovError,
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
    OutsideJurisdiction,
    Unavailable,
)
from gridgov.services.repeats import IdempotencyConflict
from gridgov.web import (
    case_sentences,
    desk_sentences,
    grid_sentences,
    publish_sentences,
    reporter_sentences,
    roster_sentences,
)
from gridgov.web.access import KeyRefused, NoDuty, NotInstalled, ScopeMissing

Sentence = Callable[[dict[str, Any]], str]


def _megapixels(values: dict[str, Any]) -> str:
    return _(
        "This picture has %(megapixels)s megapixels; at most %(limit)s are taken. "
        "Choose a smaller size in the camera, everything else is kept.",
        megapixels=values.get("megapixels", "?"),
        limit=values.get("limit", "?"),
    )


def _too_large(values: dict[str, Any]) -> str:
    return _("This file is too large. Send one of less than 15 MB; everything else is kept.")


def _too_long(values: dict[str, Any]) -> str:
    return _(
        "The text has %(length)s characters, at most %(limit)s fit. "
        "Please shorten it; nothing was lost.",
        length=values.get("length", "?"),
        limit=values.get("limit", "?"),
    )


def _phone_length(values: dict[str, Any]) -> str:
    return _(
        "A mobile number has 11 digits, this one has %(digits)s. "
        "Complete it or leave it empty; everything else is kept.",
        digits=values.get("digits", "?"),
    )


def _vague(values: dict[str, Any]) -> str:
    metres = float(values.get("accuracy_m") or 0)
    wide = (
        _("%(km)s kilometres", km=f"{metres / 1000:.1f}".rstrip("0").rstrip("."))
        if metres >= 1000
        else _("%(m)s metres", m=round(metres))
    )
    return _(
        "The location is only good to %(wide)s, too little to find the grid. "
        "Put the pin on the map, or name the grid or a landmark.",
        wide=wide,
    )


NEEDS_KEY = _l("Only a program with a key may send this.")

BY_REASON: dict[tuple[str, str], Any] = {
    ("position", "missing"): _l(
        "We do not know where it is yet. Allow the location, put the pin on the map, "
        "or name the grid or a landmark."
    ),
    ("position", "too_vague"): _vague,
    ("position", "out_of_range"): _l(
        "These coordinates are not on the earth. Are lon and lat swapped?"
    ),
    ("position", "not_numbers"): _l("lon and lat must be numbers in degrees."),
    ("datum", "missing"): _l("Say in which datum the position is: wgs84, cgcs2000, gcj02 or bd09."),
    ("datum", "unknown"): _l("We do not know this datum. Use wgs84, cgcs2000, gcj02 or bd09."),
    ("accuracy", "out_of_range"): _l("The accuracy must be a number of metres, 0 or more."),
    ("accuracy", "not_a_number"): _l("The accuracy must be a number of metres, 0 or more."),
    ("area_code", "unknown"): _l("We do not know this grid. Choose one from the list."),
    ("near_choice", "unknown"): _l("We do not know this grid. Choose one from the list."),
    ("join", "unknown"): _l("That case is not known; please report it as a new one."),
    ("join", "not_open"): _l("That case is done already; please report it as a new one."),
    ("join", "too_far"): _l("That case is too far from your spot; please report a new one."),
    ("near_choice", "not_a_candidate"): _l(
        "This grid is not at the spot. Choose one of those offered."
    ),
    ("category", "missing"): _l("Choose what it is about."),
    ("category", "unknown"): _l("We do not know this kind of problem. Choose one of the tiles."),
    ("text", "nothing_told"): _l("Add a photo or a few words, so that we know what is wrong."),
    ("text", "missing"): _l("Write a few words."),
    ("text", "too_long"): _too_long,
    ("note", "too_long"): _too_long,
    ("place_words", "too_long"): _too_long,
    ("phone", "wrong_length"): _phone_length,
    ("phone", "not_a_phone"): _l("This is not a mobile number. Correct it or leave it empty."),
    ("photos", "too_many"): _l("At most six photos. Remove one; everything else is kept."),
    ("photo", "missing"): _l("A photo of how it looks now is needed."),
    ("photo", "empty"): _l("This file is empty. Take the photo again; everything else is kept."),
    ("photo", "not_an_image"): _l(
        "This file is not a photo. JPEG, PNG, WebP and HEIC are taken; everything else is kept."
    ),
    ("photo", "damaged"): _l(
        "This photo arrived incomplete. Choose it again; everything else is kept."
    ),
    ("photo", "too_many_pixels"): _megapixels,
    ("photo", "too_large"): _too_large,
    ("reason", "missing"): _l("Choose a reason."),
    ("reason", "unknown"): _l("Choose one of the reasons."),
    ("target", "missing"): _l("Choose who gets it."),
    ("target", "unknown"): _l("Nobody by this name can take it. Choose from the list."),
    ("target", "unmanned"): _l("Nobody works for this unit now. Choose another one."),
    ("receipt", "missing"): _l(
        "Their number or a photo of the stamped paper: one of the two is needed."
    ),
    ("solved", "missing"): _l("Say whether it is solved."),
    ("satisfaction", "unknown"): _l("Choose one of the five answers."),
    ("client_token", "wrong_length"): _l("The token must have 8 to 100 characters."),
    ("emergency", "call_first"): _l("This sounds dangerous. Call first, then send."),
    ("date", "invalid"): _l("Dates look like 2026-11-22, the first not after the last."),
    ("name", "missing"): _l("Give it a name."),
    ("near", "missing"): _l(
        "Say of which kind (kind), near which spot (near=lon,lat) or below which area (parent)."
    ),
    ("kind", "missing"): _l("Say of which kind: kind=grid, village, town or professional."),
    ("kind", "not_with_near"): _l("Ask for a kind, or near a spot or below an area; not for both."),
    ("bbox", "wrong_order"): _l("bbox is west,south,east,north: the smaller number first."),
    ("bbox", "too_many"): lambda values: _(
        "More than %(limit)s areas are in view. Come nearer: a smaller bbox.", **values
    ),
    ("area", "unknown"): _l("There is no area with this code."),
    ("by_words", "needs_key"): NEEDS_KEY,
    ("external_id", "needs_key"): NEEDS_KEY,
    ("email", "needs_key"): NEEDS_KEY,
    ("reporter_name", "needs_key"): NEEDS_KEY,
    ("own", "needs_key"): _l("Only a program with a key has cases of its own."),
    ("scopes", "missing"): _l("Choose at least one thing it may do."),
    ("scopes", "unknown"): _l("Choose from the list what it may do."),
    ("channel", "wrong_form"): _l(
        "Up to 20 small letters, digits, - or _, beginning with a letter or digit."
    ),
    ("channel", "reserved"): _l("This mark belongs to gridgov's own pages. Choose another one."),
    ("media_url", "too_many"): _l("At most six addresses of pictures."),
    ("media_url", "too_long"): _too_long,
    ("media_url", "not_a_link"): _l("An address of a picture starts with https:// or http://."),
}

# What programs may get wrong in an address, where its field has words of its own.
PLAIN: dict[tuple[str, str], Any] = {
    ("datum", "missing"): BY_REASON["datum", "missing"],
    ("datum", "unknown"): BY_REASON["datum", "unknown"],
    ("lon", "out_of_range"): BY_REASON["position", "out_of_range"],
    ("lat", "out_of_range"): BY_REASON["position", "out_of_range"],
    ("lon", "not_a_number"): BY_REASON["position", "not_numbers"],
    ("lat", "not_a_number"): BY_REASON["position", "not_numbers"],
}

# Answers to the questions of a class (domain/questions.py): the field names the question.
BY_ANSWER: dict[str, Any] = {
    "missing": _l("This question needs an answer."),
    "too_many": _l("Only one answer fits here."),
    "too_long": _too_long,
    "not_a_number": _l("This must be a number, such as 12 or 1.5."),
    "not_a_datetime": _l("This must be a date or a time, such as 2026-11-22T08:30."),
    "unknown": lambda values: _("Choose from: %(keys)s.", keys=", ".join(values["keys"])),
}
BY_KIND: dict[type[GridgovError], Any] = {
    **grid_sentences.BY_KIND,
    **reporter_sentences.BY_KIND,
    **case_sentences.BY_KIND,
    **publish_sentences.BY_KIND,
    **roster_sentences.BY_KIND,
    KeyRefused: _l("A key for programs is needed, one that is in use."),
    NoDuty: _l(
        "You have no duty and no office at present, so nothing is shown here. Whoever arranges "
        "the duties of your village or town can name you."
    ),
    ScopeMissing: _l("This key may not do this; it lacks the scope."),
    OutsideJurisdiction: _l(
        "This spot lies outside our district. Please call 12345, they pass it to the right place."
    ),
    NotFound: _l("There is nothing here, or it is not for you."),
    NotAllowed: _l("You may not do this."),
    InvalidTransition: _l("This can no longer be done: the case has moved on."),
    IdempotencyConflict: _l("This token was used before, for a report that says something else."),
    Conflict: _l("Somebody else was faster. Look at it as it is now."),
    NotInstalled: _l("gridgov is here, but no district is set up in it yet."),
    Unavailable: _l("This does not work just now. Nothing was changed; try again in a minute."),
    InvalidInput: _l("Something in this form cannot be used. Please check it."),
}


def of(error: GridgovError) -> str:
    """Return the sentence for an error in the language of the request."""
    if isinstance(error, InvalidInput):
        asked = (error.field, error.reason)
        found = (
            BY_REASON.get(asked)
            or grid_sentences.BY_REASON.get(asked)
            or reporter_sentences.BY_REASON.get(asked)
            or case_sentences.BY_REASON.get(asked)
            or publish_sentences.BY_REASON.get(asked)
            or roster_sentences.BY_REASON.get(asked)
            or desk_sentences.BY_REASON.get(asked)
        )
        if error.field.startswith("attribute["):
            found = BY_ANSWER.get(error.reason)
        if callable(found):
            return str(found(error.values))
        if found is not None:
            return str(found)
    for kind in type(error).__mro__:
        if kind in BY_KIND:
            return str(BY_KIND[kind])
    return str(_("Something went wrong. Nothing was changed."))


def title_of(error: GridgovError) -> str:
    """Return the sentence for the kind of an error, the same for all of the kind."""
    for kind in type(error).__mro__:
        if kind in BY_KIND:
            return str(BY_KIND[kind])
    return of(error)


def of_status(status: int) -> tuple[str, str]:
    """Return title and words for a plain HTTP error."""
    titles = {
        400: _("This could not be understood"),
        401: _("Please sign in"),
        403: _("You may not do this"),
        404: _("This page does not exist"),
        405: _("This address cannot be used this way"),
        413: _("This is too large to be taken"),
        415: _("This kind of content is not taken here"),
        429: _("Too many tries in a short time"),
        500: _("Something broke on our side"),
        503: _("This does not work just now"),
    }
    words = {
        404: _("The address may be old or mistyped. From the first page you find everything."),
        413: _("A form may carry 40 MB: fewer or smaller photos, or a file packed into a zip."),
        415: _("Send JSON, or a form."),
        429: _("Wait a minute and try again. Nothing was lost."),
        500: _("Nothing was lost on your side. Try again; if it stays, call and say the number."),
    }
    return (
        titles.get(status, _("This did not work")),
        words.get(status, _("Go back and try again; what you typed is still there.")),
    )
