"""What a form can say about words while they are typed: danger, classes, problems, places.

Proposals only; nothing here changes what is sent. The page without scripts shows the
same things when it comes back.
"""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.catalogue import Category
from gridgov.domain.emergency import concern, emergency
from gridgov.domain.intake import suggest_categories, words_found
from gridgov.domain.place_words import here, named_in
from gridgov.domain.privacy import personal
from gridgov.domain.problems import Problem, split
from gridgov.services.reference import Reference
from gridgov.web import places
from gridgov.web.i18n import pick

REASON_WORDS = 3
# What words look like that the public will not see.
KINDS = {
    "identity": _l("identity number"),
    "card": _l("bank card"),
    "phone": _l("phone number"),
    "mail": _l("mail address"),
    "account": _l("chat account"),
    "name": _l("name"),
    "plate": _l("number plate"),
    "address": _l("door number"),
}


def of(reference: Reference, text: str, place_words: str = "") -> dict[str, Any]:
    """Return everything the words of a report suggest, ready for JSON."""
    hit = emergency(text)
    return {
        "emergency": None if hit is None else {"number": hit.number, "words": hit.words},
        "advice": advice(text),
        "categories": suggestions(reference, text),
        # Somebody in danger is not asked how to sort it.
        "problems": [] if hit is not None else problems(reference, text),
        "personal": personal_words(f"{text}\n{place_words}"),
        "places": named_places(reference, f"{place_words} {text}"),
        "here": here(text),
    }


def advice(text: str) -> dict[str, Any] | None:
    """Return numbers that may help, and the words that say so; None without any."""
    haste = concern(text)
    if haste is None or not haste.numbers:
        return None
    return {"numbers": list(haste.numbers), "words": haste.words}


def suggestions(reference: Reference, text: str) -> list[dict[str, Any]]:
    """Return up to three likely classes, each with the words that speak for it."""
    return [
        {**category_json(item), "reason": _reason(text, item)}
        for item, _points in suggest_categories(text, reference.catalogue.values())
    ]


def category_json(item: Category) -> dict[str, Any]:
    """Return a class as tiles show it."""
    return {"code": item.code, "name": pick(item.name, item.name_en), "icon": item.icon}


def _reason(text: str, item: Category) -> str:
    found = pick("、", ", ").join(words_found(text, item)[:REASON_WORDS])
    return _("you wrote “%(words)s”", words=found)


def problems(reference: Reference, text: str) -> list[dict[str, Any]]:
    """Return the problems that could be sent apart; empty for one problem."""
    return [_problem(one) for one in split(text, reference.catalogue.values())]


def _problem(one: Problem) -> dict[str, Any]:
    found = None if one.category is None else category_json(one.category)
    return {"text": one.own, "category": found}


def personal_words(text: str) -> list[str]:
    """Return the kinds of personal data the words look like, each once."""
    return list(dict.fromkeys(str(KINDS[one.kind]) for one in personal(text)))


def named_places(reference: Reference, text: str) -> list[dict[str, Any]]:
    """Return the areas that the words name, as choices."""
    return [places.as_choice(reference, area) for area in named_in(reference.net, text)]
