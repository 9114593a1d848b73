"""Who could not be reached and the messages of a tab, as an Excel book."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from gridgov.domain.roles import Role
from gridgov.services import reference as references
from gridgov.storage import notices as store
from gridgov.storage.notices import Delivery
from gridgov.storage.session import read_only
from gridgov.web.access import current_actor, requires
from gridgov.web.admin import AREA, admin
from gridgov.web.instance import utc_now
from gridgov.web.list_export import NARROW, WIDE, Column, Sheet, moment, send
from gridgov.web.notices_admin import SHOWN, TABS, asked_tab, names_of, row_of

Shown = dict[str, Any]
MOST = 5_000  # of each sheet
MESSAGES: Sequence[Column[Shown]] = (
    Column(lazy_pgettext("sheet", "To whom"), itemgetter("who"), WIDE),
    Column(_l("Text"), itemgetter("text"), 72, masked=True),
    Column(lazy_pgettext("sheet", "How it ended"), itemgetter("fate_words")),
    Column(lazy_pgettext("sheet", "Why"), itemgetter("reason"), WIDE),
    Column(lazy_pgettext("sheet", "Way"), itemgetter("way")),
    Column(lazy_pgettext("sheet", "Attempts"), itemgetter("attempt"), NARROW),
    Column(lazy_pgettext("sheet", "Made"), itemgetter("made")),
)
UNREACHED: Sequence[Column[Shown]] = (
    MESSAGES[0],
    Column(lazy_pgettext("sheet", "Times"), itemgetter("times"), NARROW),
    *MESSAGES[1:],
)


@admin.get("/notices.xlsx")
@requires(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, area=AREA)
def export_notices() -> Response:
    """Send who could not be reached this week, and the messages of the tab, as an Excel book."""
    code, now, tab = current_actor().district_code, utc_now(), asked_tab()
    with read_only() as session:
        reference = references.of(session, code)
        lost = store.unreached(session, code, now - SHOWN, MOST + 1)
        fates, words = TABS[tab]
        found = store.listed(session, code, set(map(str, fates)), offset=0, limit=MOST + 1)
        names = names_of(session, [*found, *(one.last for one in lost)], reference)

        def row(one: Delivery) -> Shown:
            at = moment(one.made_at, reference)
            return row_of(one, names, now, reference) | {"made": at}

        unreached = [row(one.last) | {"times": one.times} for one in lost]
        rows = [row(one) for one in found]
    first = Sheet(pgettext("sheet", "Not reached"), UNREACHED, unreached, MOST)
    return send("notices", [first, Sheet(words, MESSAGES, rows, MOST)], reference)
