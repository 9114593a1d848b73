"""Languages: zh-Hans first, English complete; both from the .po catalogues.

The catalogues are read as they lie in the tree when the process starts, so there
is no build step and no compiled file that could be older than its source.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request, session
from flask_babel import Babel, Domain, get_locale, refresh

FOLDER = Path(__file__).parent / "translations"
COOKIE = "language"
LANGUAGES = ("zh-Hans", "en")


def read_catalogue(locale: str) -> Catalog:
    """Return all messages of a locale (such as zh_Hans), merged from its .po files."""
    merged = Catalog(locale=locale)
    for path in sorted((FOLDER / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string:
                    merged.add(message.id, message.string, context=message.context)
    return merged


@cache
def _translations(locale: str) -> Translations:
    """Return the messages of a locale as they were when the process first asked; read-only."""
    buffer = BytesIO()
    write_mo(buffer, read_catalogue(locale))
    buffer.seek(0)
    return Translations(buffer)


class PoDomain(Domain):
    """Flask-Babel's domain, fed from the .po files instead of compiled ones."""

    def __init__(self) -> None:
        """Read the Chinese catalogue; the message ids are the English text."""
        super().__init__()
        self._chinese = _translations("zh_Hans")
        self._english = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the language of this request."""
        return self._english if language() == "en" else self._chinese


def chosen_language() -> str:
    """Return the babel locale a person asked for: by cookie; Chinese first.

    Staff who chose none read that of their district.
    """
    chosen = g.get("language")
    if chosen is None and request:
        chosen = request.cookies.get(COOKIE) or session.get(COOKIE)
    return "en" if chosen == "en" else "zh_Hans"


def speak(chosen: str) -> None:
    """Answer this request in a language (zh-Hans or en): programs have no cookie."""
    g.language = chosen
    refresh()


def language() -> str:
    """Return the language of this request as pages say it: zh-Hans or en."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh-Hans"


def pick(chinese: str, english: str) -> str:
    """Return the name in the language of this request."""
    return english if language() == "en" else chinese


class PoBabel(Babel):
    """Flask-Babel with our domain for the whole application."""

    def init_app(self, app: Flask, **settings: Any) -> None:
        """Read the catalogues now: a broken one stops the start, not the first visitor."""
        self._domain = PoDomain()
        super().init_app(app, **settings)

    @property
    def domain_instance(self) -> Domain:
        """Return the one domain."""
        return self._domain


def init_languages(app: Flask) -> None:
    """Set Flask-Babel up with our catalogues."""
    PoBabel(app, locale_selector=chosen_language, default_locale="zh_Hans")


def remember(response: Response, chosen: str, *, secure: bool) -> Response:
    """Keep a person's choice of language for a year."""
    value = chosen if chosen in LANGUAGES else LANGUAGES[0]
    response.set_cookie(
        COOKIE, value, max_age=31_536_000, secure=secure, httponly=True, samesite="Lax"
    )
    return response
