"""What a person reads after an act: that it is done, and who has the case or what comes next."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from gridgov.domain.workflow import Action as _A
from gridgov.services.reference import Reference
from gridgov.storage.cases import Case
from gridgov.web import case_page, case_words, words
from gridgov.web.receipts import title_of

DONE: Mapping[_A, Any] = {
    _A.SIGN: _l("Signed: the case is in your hands now."),
    _A.CONFIRM: _l("Confirmed on the spot; the desk dispatches it next."),
    _A.REFUTE: _l("Reported to the desk, which decides what to do."),
    _A.RESOLVE: _l("Resolved; %(checker)s checks it, and it is closed when that passes."),
    _A.SELF_RESOLVE: _l("Done and closed."),
    _A.CHECK_PASS: _l("The check is passed, the case is closed."),
    _A.SEND_BACK: _l("Sent back to %(who)s to be done again."),
    _A.SPOT_CHECK: _l("The spot check is passed."),
    _A.SPOT_FAIL: _l("Taken up again, with %(who)s."),
    _A.RESUME: _l("Taken up again; the clock runs."),
    _A.FINISH_TASK: _l("Your part is reported as done."),
    _A.NAME_PERSON: _l("Named: %(who)s has it in hand now."),
    _A.CALL_IN: _l("Called in; they are told at once."),
    _A.WAIVE_TASK: _l("Let off; the case can be resolved without them."),
    _A.RETURN: _l("Returned to the dispatcher."),
    _A.PASS_UP: _l("Passed up to %(who)s."),
    _A.HAND_NEIGHBOUR: _l("Handed to %(who)s, who has to sign for it."),
    _A.ASK_EXTENSION: _l("Applied for more time; until it is decided the limit stays."),
    _A.ASK_SUSPENSION: _l("Applied for a suspension; until it is decided the clock runs."),
    _A.ASK_VOID: _l("Applied to void the case; somebody else decides."),
    _A.ASK_INFO: _l("The reporter was asked; the clock stands meanwhile."),
    _A.REGISTER: _l("Registered; it waits to be dispatched."),
    _A.GO_ON: _l("It goes on without an answer; the clock runs again."),
    _A.ASK_VERIFY: _l("Somebody was sent to look; the answer comes back to the desk."),
    _A.DISPATCH: _l("Dispatched to %(who)s, who has to sign for it."),
    _A.RULE: _l("Ruled for good: it is with %(who)s."),
    _A.REJECT: _l("Not accepted; the resident has your reply."),
    _A.TRANSFER: _l("Transferred; the case ends here."),
    _A.CORRECT_SPOT: _l("The spot is corrected."),
    _A.MERGE: _l("Merged: it goes on with case %(other)s."),
    _A.UNMERGE: _l("Taken out again; it goes on by itself."),
    _A.GRANT_EXTENSION: _l("Granted; the limit is now %(due)s."),
    _A.REFUSE_EXTENSION: _l("More time is refused; the limit stays."),
    _A.GRANT_SUSPENSION: _l("Granted; it rests until %(review)s and is taken up by itself then."),
    _A.REFUSE_SUSPENSION: _l("The suspension is refused; the work goes on."),
    _A.GRANT_VOID: _l("Voided; it counts no more."),
    _A.REFUSE_VOID: _l("The void is refused; the case stays."),
    _A.GRANT_APPEAL: _l("The appeal is granted; the case is taken up again."),
    _A.DENY_APPEAL: _l("The appeal is denied; it stays as it is."),
    _A.INSTRUCT: _l("Your instruction is with those who have the case."),
    _A.SUPERVISE: _l("%(level)s: whoever has the case is told."),
    _A.END_SUPERVISION: _l("The supervision is ended."),
    _A.URGE: _l("Urged; whoever has the case is told."),
    _A.REPLY: _l("The answer is published; the reporters read it."),
    _A.NOTE: _l("The note is kept."),
}


def sentence(
    session: Session, case: Case, action: _A, reference: Reference, *, now: datetime, titled: bool
) -> str:
    """Return that an act is done, by the case as it stands after it.

    `titled` names the case: for pages that show many.
    """

    def clock(moment: datetime | None) -> str:
        return "" if moment is None else words.clock(moment, now, reference.zone)

    values: Mapping[str, Callable[[], str]] = {
        "who": lambda: case_page.holder(session, case, reference),
        "checker": lambda: case_page.checker(session, case, reference),
        "other": lambda: _merged_into(session, case),
        "due": lambda: clock(case.due_at),
        "review": lambda: clock(case.review_at),
        "level": lambda: case_words.supervision(case) or "",
    }
    said = str(DONE[action])
    said %= {name: value() for name, value in values.items() if f"%({name})s" in said}
    title = title_of(case, reference)
    return _("%(title)s: %(done)s", title=title, done=said) if titled else said


def _merged_into(session: Session, case: Case) -> str:
    other = session.get(Case, case.merged_into_id)
    return "" if other is None else other.number
