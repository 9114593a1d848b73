"""In which order the acts of the case page stand, and which of them are sent from there."""

from gridgov.domain.workflow import Action as _A
from gridgov.web.case_form_model import Kind
from gridgov.web.case_forms import FORMS


def _asking_for(kind: Kind) -> frozenset[_A]:
    return frozenset(
        action for action, form in FORMS.items() if any(one.kind is kind for one in form.fields)
    )


# What a case may wait for, most usual first; yes and no to the same thing stand together.
FIRST: tuple[_A, ...] = (
    _A.SIGN,
    _A.CONFIRM,
    _A.CHECK_PASS,
    _A.SPOT_CHECK,
    _A.GRANT_EXTENSION,
    _A.REFUSE_EXTENSION,
    _A.GRANT_SUSPENSION,
    _A.REFUSE_SUSPENSION,
    _A.GRANT_VOID,
    _A.REFUSE_VOID,
    _A.GRANT_APPEAL,
    _A.DENY_APPEAL,
    _A.RULE,
    _A.RESOLVE,
    _A.FINISH_TASK,
    _A.RESUME,
)
# Only one of these is ever the filled button.
USUAL = frozenset(FIRST) - {
    _A.REFUSE_EXTENSION,
    _A.REFUSE_SUSPENSION,
    _A.REFUSE_VOID,
    _A.DENY_APPEAL,
}
# In this order the acts stand.
ORDER: tuple[_A, ...] = (
    *FIRST,
    _A.DISPATCH,
    _A.GO_ON,
    _A.REFUTE,
    _A.SEND_BACK,
    _A.SPOT_FAIL,
    _A.PASS_UP,
    _A.RETURN,
    _A.NAME_PERSON,
    _A.CALL_IN,
    _A.WAIVE_TASK,
    _A.SELF_RESOLVE,
    _A.REGISTER,
    _A.ASK_VERIFY,
    _A.ASK_INFO,
    _A.HAND_NEIGHBOUR,
    _A.ASK_EXTENSION,
    _A.ASK_SUSPENSION,
    _A.REJECT,
    _A.CORRECT_SPOT,
    _A.MERGE,
    _A.UNMERGE,
    _A.TRANSFER,
    _A.ASK_VOID,
    _A.INSTRUCT,
    _A.SUPERVISE,
    _A.END_SUPERVISION,
    _A.URGE,
    _A.REPLY,
    _A.NOTE,
)
# Acts of the case page; the others go through their own doors: intake, the receipt, the
# timetable, and the pages where two cases become one.
STAFF_ACTIONS = frozenset(FORMS)
# Pictures that show how it is; the reporter sees those of a result as "after".
WITH_PHOTOS = _asking_for(Kind.PHOTO)
# Where it really is: typed by the desk, put on a small map by a worker.
WITH_SPOT = _asking_for(Kind.SPOT)
