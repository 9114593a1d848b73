"""What comes of an act: one sentence above the button that does it, where the form says it not."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from gridgov.domain.workflow import Action as _A

_READ_BY_APPLICANT = _l("Whoever applied reads your reason.")
_FOR_GOOD = _l("The case ends here; this cannot be taken back.")

AFTER: Mapping[_A, Any] = {
    _A.CONFIRM: _l("The desk dispatches it next."),
    _A.REFUTE: _l("The desk decides what becomes of it."),
    _A.RESOLVE: _l("Somebody else checks it; it is closed when that passes."),
    _A.FINISH_TASK: _l("Whoever has the lead sees it; they resolve the case itself."),
    _A.NAME_PERSON: _l("The case stays with the unit; whoever is named is told."),
    _A.CALL_IN: _l(
        "They are told at once and find it among their tasks; the lead stays where it is."
    ),
    _A.WAIVE_TASK: _l("It leaves their tasks, and the case can be resolved without them."),
    _A.RETURN: _l(
        "The desk gives it to somebody else; after a second return the level above rules."
    ),
    _A.ASK_EXTENSION: _l("Until it is decided the limit stays as it is."),
    _A.ASK_SUSPENSION: _l("Until it is decided the clock runs on."),
    _A.ASK_VOID: _l("Somebody else decides; until then the work goes on."),
    _A.ASK_INFO: _l("When no answer comes in time, the case goes on by itself."),
    _A.ASK_VERIFY: _l(
        "If it is so, the case waits to be dispatched; if not, it comes back to the desk."
    ),
    _A.DISPATCH: _l("Whoever gets it has to sign; unsigned it goes to the level above by itself."),
    _A.TRANSFER: _FOR_GOOD,
    _A.GRANT_SUSPENSION: _l("On the day of review it is taken up again by itself."),
    _A.GRANT_VOID: _FOR_GOOD,
    _A.REFUSE_EXTENSION: _READ_BY_APPLICANT,
    _A.REFUSE_SUSPENSION: _READ_BY_APPLICANT,
    _A.REFUSE_VOID: _READ_BY_APPLICANT,
    _A.INSTRUCT: _l("Whoever has the case is told; the limit stays what it is."),
    _A.SUPERVISE: _l(
        "Whoever has the case is told. It can only be raised until a leader ends it; "
        "the supervision order can be downloaded afterwards."
    ),
    _A.URGE: _l("They are told at once, and it stays in the history of the case."),
}
