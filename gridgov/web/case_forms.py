"""The forms of the case page as data: for each action its words and exactly what it needs."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from gridgov.domain.workflow import Action as _A
from gridgov.web.case_form_model import Field, Form, Group, Kind, Words


def _text(label: Words, hint: Words = "", *, optional: bool = False) -> Field:
    return Field(Kind.TEXT, label, hint, optional)


_REASON = Field(Kind.REASON, _l("Reason"))
_TO_WHOM = Field(Kind.TARGET, _l("To whom"))
_WHY = _text(_l("Why?"))
_RESULT = Field(
    Kind.PHOTO,
    _l("Photo afterwards"),
    _l("From the same place as the first photo. JPEG, PNG, WebP or HEIC."),
)
_PHOTO = Field(Kind.PHOTO, _l("Photos"), _l("JPEG, PNG, WebP or HEIC."), optional=True)
_READ_BY_RESIDENT = _l("The resident will read this.")
# Beside a list of reasons "why?" would ask the same twice.
_TOLD = _text(_l("How it is, in a few words"))
_TASK = Field(Kind.TASK, _l("Which task?"))

FORMS: Mapping[_A, Form] = {
    # The usual next acts
    _A.SIGN: Form(lazy_pgettext("action", "Sign"), "check", Group.WORK, at_once=True),
    _A.CONFIRM: Form(
        _l("It is so"),
        "check-circle",
        Group.WORK,
        (_text(_l("What is there?"), optional=True), _PHOTO),
        _l("Confirm on the spot"),
    ),
    _A.REFUTE: Form(
        _l("It is not so"),
        "close",
        Group.WORK,
        (_REASON, _text(_l("What is there instead?")), _PHOTO),
        _l("Report to the desk"),
    ),
    _A.RESOLVE: Form(
        lazy_pgettext("action", "Resolve"),
        "camera",
        Group.WORK,
        (_RESULT, _text(_l("What was done?"), _READ_BY_RESIDENT)),
        _l("Resolved, ask for the check"),
    ),
    _A.SELF_RESOLVE: Form(
        _l("Found and done"),
        "check-circle",
        Group.WORK,
        (_RESULT, _text(_l("What was done?"), _READ_BY_RESIDENT)),
        _l("Done by myself, close the case"),
    ),
    _A.CHECK_PASS: Form(
        lazy_pgettext("action", "Passed, close the case"), "check-circle", Group.WORK, at_once=True
    ),
    _A.SEND_BACK: Form(
        lazy_pgettext("action", "Send back"),
        "refresh",
        Group.WORK,
        (
            _text(
                _l("What is not fixed yet?"),
                _l(
                    "Whoever handled it gets it back with this sentence; "
                    "the time left goes on counting."
                ),
            ),
        ),
        _l("Not fixed, send back"),
    ),
    _A.SPOT_CHECK: Form(
        _l("Spot check: it is done"),
        "check-circle",
        Group.WORK,
        (_text(_l("What did you see?"), optional=True),),
        _l("Spot check passed"),
    ),
    _A.SPOT_FAIL: Form(
        _l("Spot check: it is not done"),
        "refresh",
        Group.WORK,
        (
            _text(
                _l("What is not done?"),
                _l("The case is taken up again and its limit starts anew."),
            ),
        ),
        _l("Not done, take it up again"),
    ),
    _A.RESUME: Form(
        _l("Take up again"), "play", Group.WORK, (), _l("Take it up, the clock goes on")
    ),
    _A.FINISH_TASK: Form(
        _l("Our part is done"),
        "check",
        Group.WORK,
        (_TASK, _text(_l("What was done?")), _PHOTO),
        _l("Report our part as done"),
    ),
    _A.NAME_PERSON: Form(
        _l("Name a person"),
        "user",
        Group.WORK,
        (Field(Kind.TARGET, _l("Who of the unit?")),),
        _l("Name for this case"),
    ),
    _A.CALL_IN: Form(
        _l("Call others in"),
        "users",
        Group.WORK,
        (
            Field(Kind.TARGET, _l("Who is to assist?")),
            _text(_l("What are they to do?")),
            Field(Kind.MOMENT, _l("By when?"), optional=True),
            Field(Kind.REQUIRED, _l("The case can be resolved only when this is done")),
        ),
        _l("Call them in"),
    ),
    _A.WAIVE_TASK: Form(
        _l("Let an assistant off"),
        "minus",
        Group.WORK,
        (_TASK, _text(_l("Why is it not needed any more?"))),
        _l("Waive this task"),
    ),
    # Ask and return
    _A.RETURN: Form(
        lazy_pgettext("action", "Return"),
        "undo",
        Group.ASK,
        (
            _REASON,
            Field(Kind.TARGET, _l("Who should have it?"), optional=True),
            _text(
                _l("Why is it not yours?"),
                _l("The handling time runs on while it is being returned."),
            ),
        ),
        _l("Return to the dispatcher"),
    ),
    _A.PASS_UP: Form(
        lazy_pgettext("action", "Pass up"),
        "upload",
        Group.ASK,
        (_text(_l("Why can it not be done here?")),),
        _l("Pass it up"),
    ),
    _A.HAND_NEIGHBOUR: Form(
        _l("Hand to the grid next door"),
        "route",
        Group.ASK,
        (
            # Shown by templates/staff/_neighbours.html: a press on a grid sends the form.
            _REASON,
            Field(Kind.SPOT, optional=True),
            _text(_l("A word for them"), optional=True),
            Field(Kind.TARGET),
        ),
    ),
    _A.ASK_EXTENSION: Form(
        _l("Ask for more time"),
        "clock",
        Group.ASK,
        (Field(Kind.MOMENT, _l("Until when?")), _WHY),
        _l("Apply for more time"),
    ),
    _A.ASK_SUSPENSION: Form(
        _l("Ask to suspend"),
        "pause",
        Group.ASK,
        (_REASON, Field(Kind.DAY, _l("Day of review")), _TOLD),
        _l("Apply for a suspension"),
    ),
    _A.ASK_VOID: Form(
        _l("Ask to void"),
        "trash",
        Group.ASK,
        (_REASON, _TOLD),
        _l("Apply to void the case"),
    ),
    _A.ASK_INFO: Form(
        _l("Ask the reporter back"),
        "question",
        Group.ASK,
        (_text(_l("What do you need to know?"), _READ_BY_RESIDENT),),
        _l("Ask, the clock stands meanwhile"),
    ),
    # The desk
    _A.REGISTER: Form(_l("Register"), "check", Group.DECIDE, (), _l("Register, dispatch later")),
    _A.GO_ON: Form(
        _l("Go on without an answer"), "play", Group.DECIDE, (), _l("Go on, the clock runs again")
    ),
    _A.ASK_VERIFY: Form(
        _l("Send somebody to look"),
        "eye",
        Group.DECIDE,
        (Field(Kind.TARGET, _l("Who goes?")), _text(_l("A word for them"), optional=True)),
        _l("Send them"),
    ),
    _A.DISPATCH: Form(
        lazy_pgettext("action", "Dispatch"),
        "send",
        Group.DECIDE,
        (_TO_WHOM, _text(_l("A word for whoever gets it"), optional=True)),
        _l("Dispatch to the chosen one"),
    ),
    _A.RULE: Form(
        _l("Rule whose it is"),
        "flag",
        Group.DECIDE,
        (
            Field(Kind.TARGET, _l("Whose is it?")),
            _text(_l("On what ground?"), _l("Your word is final: it cannot be returned again.")),
        ),
        _l("Rule for good"),
    ),
    _A.REJECT: Form(
        lazy_pgettext("action", "Do not accept"),
        "close",
        Group.DECIDE,
        (
            _REASON,
            _text(_l("Reply to the resident"), _l("Sent as it stands. Say whom to ask instead.")),
        ),
        _l("Do not accept, send the reply"),
        danger=True,
    ),
    _A.TRANSFER: Form(
        lazy_pgettext("action", "Transfer"),
        "external",
        Group.DECIDE,
        (
            Field(Kind.PLACE, _l("Transferred to")),
            Field(
                Kind.RECEIPT,
                _l("Their receipt number"),
                _l("Their number or a photo of the stamped paper: one of the two is needed."),
                either=True,
            ),
            Field(
                Kind.PHOTO,
                _l("Photo of the stamped paper"),
                _l("Only staff see it. JPEG, PNG, WebP or HEIC."),
                either=True,
            ),
            _text(_l("Reason")),
        ),
        _l("Transferred, stop the clock"),
        danger=True,
    ),
    _A.CORRECT_SPOT: Form(
        _l("Correct the spot"),
        "pin",
        Group.DECIDE,
        (
            Field(
                Kind.SPOT,
                _l("Where it really is"),
                _l("The first spot stays on record; the duty goes to the grid of the new one."),
            ),
        ),
        _l("It is here"),
    ),
    _A.MERGE: Form(
        _l("Merge into another case"),
        "merge",
        Group.DECIDE,
        (
            Field(
                Kind.CASE,
                _l("Number of the case that goes on"),
                _l("Everybody who reported follows that case; it can be taken out again."),
            ),
            _text(_l("Why is it the same?"), optional=True),
        ),
        _l("Merge this one into it"),
    ),
    _A.UNMERGE: Form(
        _l("Take out of the other case"),
        "split",
        Group.DECIDE,
        (_text(_l("Why is it not the same?"), _l("It goes on where it stood.")),),
        _l("Take it out again"),
    ),
    _A.GRANT_EXTENSION: Form(
        _l("Grant more time"), "check", Group.DECIDE, (), _l("Grant, move the limit")
    ),
    _A.REFUSE_EXTENSION: Form(
        _l("Refuse more time"), "close", Group.DECIDE, (_WHY,), _l("Refuse, the limit stays")
    ),
    _A.GRANT_SUSPENSION: Form(
        _l("Grant the suspension"), "check", Group.DECIDE, (), _l("Grant, the clock stands")
    ),
    _A.REFUSE_SUSPENSION: Form(
        _l("Refuse the suspension"), "close", Group.DECIDE, (_WHY,), _l("Refuse, the work goes on")
    ),
    _A.GRANT_VOID: Form(
        _l("Grant the void"),
        "check",
        Group.DECIDE,
        (),
        _l("Void it, it counts no more"),
        danger=True,
    ),
    _A.REFUSE_VOID: Form(
        _l("Refuse the void"), "close", Group.DECIDE, (_WHY,), _l("Refuse, the case stays")
    ),
    _A.GRANT_APPEAL: Form(
        _l("Grant the appeal"),
        "check",
        Group.DECIDE,
        (_text(_l("On what ground?"), _READ_BY_RESIDENT),),
        _l("Grant, take the case up again"),
    ),
    _A.DENY_APPEAL: Form(
        _l("Deny the appeal"),
        "close",
        Group.DECIDE,
        (_text(_l("On what ground?"), _READ_BY_RESIDENT),),
        _l("Deny, it stays as it is"),
    ),
    # Beside the way
    _A.INSTRUCT: Form(
        _l("Instruct"),
        "edit",
        Group.MORE,
        (
            _text(_l("Your instruction")),
            Field(Kind.MOMENT, _l("Earlier target"), optional=True),
        ),
        _l("Instruct those who have it"),
    ),
    _A.SUPERVISE: Form(
        _l("Supervise"),
        "eye",
        Group.MORE,
        (
            Field(Kind.LEVEL, _l("How closely?")),
            _REASON,
            _text(_l("What is expected, until when?"), optional=True),
        ),
        _l("Put under supervision"),
    ),
    _A.END_SUPERVISION: Form(
        _l("End the supervision"), "minus", Group.MORE, (_WHY,), _l("End the supervision")
    ),
    _A.URGE: Form(
        _l("Urge"),
        "bell",
        Group.MORE,
        (_text(_l("A word for whoever has it"), optional=True),),
        _l("Urge whoever has it"),
    ),
    _A.REPLY: Form(
        _l("Answer the public"),
        "send",
        Group.MORE,
        (_text(_l("Words of the answer"), _l("Everybody who reported it reads this, at once.")),),
        _l("Publish the answer"),
    ),
    _A.NOTE: Form(
        lazy_pgettext("action", "Note"),
        "file",
        Group.MORE,
        (
            _text(_l("Inner note"), _l("Only staff of this case read it.")),
            Field(Kind.STEP, _l("Step that is done"), optional=True),
        ),
        _l("Keep the note"),
    ),
}
