"""The single keys of the desk: what each does, in the order the help shows them."""

from flask_babel import lazy_gettext as _l

# Action of the panel, a link of the page, or what the script does by itself.
KEYS = (
    {"key": "j", "words": _l("next case"), "does": "next"},
    {"key": "k", "words": _l("previous case"), "does": "previous"},
    {"key": "Enter", "words": _l("show the case beside the list"), "does": "open"},
    {"key": "o", "words": _l("open the case’s own page"), "does": "page"},
    {"key": "x", "words": _l("select the case for a common act"), "does": "select"},
    {"key": "/", "words": _l("search"), "does": "search"},
    {"key": "f", "words": _l("filters"), "does": "filters"},
    {"key": "n", "words": _l("take a report in for somebody"), "does": "new"},
    {"key": "a", "words": _l("approvals"), "does": "approvals"},
    {"key": "g", "words": _l("map"), "does": "map"},
    {"key": "d", "words": _l("dispatch"), "does": "dispatch"},
    {"key": "v", "words": _l("send somebody to look"), "does": "ask_verify"},
    {"key": "m", "words": _l("merge"), "does": "merge"},
    {"key": "s", "words": _l("split"), "does": "split"},
    {"key": "r", "words": _l("rule whose it is"), "does": "rule"},
    {"key": "e", "words": _l("decide on more time"), "does": "grant_extension"},
    {"key": "u", "words": _l("urge"), "does": "urge"},
    {"key": "c", "words": _l("answer the public"), "does": "reply"},
    {"key": "t", "words": _l("keep a note"), "does": "note"},
    {"key": "?", "words": _l("this help"), "does": "help"},
)
