"""The worker's and the unit's pages: tasks, the case, and every act on it."""

from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from gridgov.domain.errors import (
    Conflict,
    GridgovError,
    InvalidInput,
    InvalidTransition,
    NotAllowed,
    NotFound,
)
from gridgov.domain.roles import Actor, Role
from gridgov.domain.scope import may_see
from gridgov.domain.workflow import Action, CaseState
from gridgov.services import casework, merging, reporters, worklists
from gridgov.services import reference as references
from gridgov.services.casework import ChangedMeanwhile
from gridgov.services.effects import Given
from gridgov.services.reference import Reference
from gridgov.services.worklists import Tab
from gridgov.storage import cases, people, photos, rosters
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import (
    cards,
    case_acts,
    case_done,
    case_input,
    case_page,
    sentences,
    shell,
    uploads,
    words,
)
from gridgov.web.access import current_actor, requires
from gridgov.web.case_order import STAFF_ACTIONS
from gridgov.web.errors import status_of
from gridgov.web.instance import utc_now

work = Blueprint("work", __name__, url_prefix="/work")

SEES_CASES = (Role.WORKER, Role.HANDLER, Role.DISPATCHER, Role.SUPERVISOR, Role.OFFICE)


# The other tabs are there while they hold something: seven do not fit on a phone.
ALWAYS = frozenset({Tab.SIGN, Tab.HANDLING, Tab.CHECK, Tab.DONE})
# After these a case is with somebody else.
LEAVING = frozenset(
    {
        Action.CONFIRM,
        Action.REFUTE,
        Action.RESOLVE,
        Action.SELF_RESOLVE,
        Action.CHECK_PASS,
        Action.SEND_BACK,
        Action.SPOT_CHECK,
        Action.SPOT_FAIL,
        Action.RETURN,
        Action.PASS_UP,
        Action.HAND_NEIGHBOUR,
        Action.FINISH_TASK,
    }
)


@work.get("")
@requires(Role.WORKER, Role.HANDLER, area="cases given to the person or to a unit of the person")
def tasks() -> str:
    """Show the list: what is due next on top."""
    actor, now = current_actor(), utc_now()
    asked = request.args.get("tab", "")
    offset = shell.page_offset()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        counts = worklists.counts(session, actor)
        tab = Tab(asked) if asked in set(Tab) else _fullest(counts)
        found = worklists.tasks(session, actor, tab, offset=offset)
        ids = [case.id for case in found]
        pictures = photos.of_cases(session, ids)
        channels = worklists.channels(session, ids)
        named = people.names(
            session, {c.assignee_id for c in found if c.unit_code and c.assignee_id}
        )
        shown = [
            cards.work_card(
                case,
                pictures[case.id],
                channels.get(case.id, ""),
                reference,
                now,
                named.get(case.assignee_id) if case.assignee_id is not None else None,
            )
            for case in found
        ]
        head = shell.staff_context(actor, "work", reference)
        handed = rosters.waiting_for(session, actor.person_id) if actor.person_id else ()
    more = url_for("work.tasks", tab=str(tab), offset=offset + len(found))
    context = {
        **head,
        "tab": str(tab),
        "tabs": [
            {"key": str(one), "count": counts[one], "url": url_for("work.tasks", tab=str(one))}
            for one in Tab
            if one in ALWAYS or counts[one] or one is tab
        ],
        "cards": shown,
        "updated": words.clock(now, now, reference.zone),
        "next_url": more if len(found) == worklists.PAGE else None,
        "fragment_url": url_for("work.tasks", tab=str(tab), fragment=1),
        "found_url": url_for("work.found_form") if actor.has(Role.WORKER) else None,
        "handed_over": len(handed),
        "topic": "work",
    }
    fragment = request.args.get("fragment") == "1"
    return render_template("staff/_work_list.html" if fragment else "staff/work.html", **context)


def _fullest(counts: dict[Tab, int | None]) -> Tab:
    """Open on the first tab that has anything, what waits for a signature before the rest."""
    return next((tab for tab in Tab if counts[tab]), Tab.SIGN)


@work.get("/cases/<uuid:case_id>")
@requires(*SEES_CASES, area="cases the policy shows to the person")
def case(case_id: UUID) -> str:
    """Show one case with what the person may do."""
    return render_template("staff/case.html", **_page(case_id))


def _page(case_id: UUID, **more: Any) -> dict[str, Any]:
    actor, now = current_actor(), utc_now()
    with read_only() as session:
        found = visible_case(session, case_id, actor)
        reference = references.of(session, actor.district_code)
        context = case_page.context(session, found, actor, reference, now=now)
        head = shell.staff_context(actor, "work", reference)
    return {**head, **context, **more}


def visible_case(session: Session, case_id: UUID, actor: Actor) -> cases.Case:
    """Return a case the actor may see; one that is not there looks the same. Raises: NotFound."""
    found = cases.get(session, case_id)
    if not may_see(actor, cases.scope_of(session, found)):
        raise NotFound(f"no case {case_id}")
    return found


@work.post("/cases/<uuid:case_id>/<any({}):action>".format(", ".join(sorted(STAFF_ACTIONS))))
@requires(*SEES_CASES, area="cases the policy shows, by the relation the workflow asks for")
def act(case_id: UUID, action: str) -> BaseResponse:
    """Do one action; what cannot be done says why and keeps what was typed."""
    chosen = Action(action)
    try:
        given = case_input.given_for(chosen, _reference())
        with unit_of_work() as session:
            _perform(session, case_id, chosen, given)
    except NotFound:
        raise
    except GridgovError as error:
        return _refused(case_id, chosen, error)
    address = _after(case_id, chosen)
    _say_done(case_id, chosen, address)
    return redirect(address, code=303)


def _say_done(case_id: UUID, action: Action, address: str) -> None:
    """Keep for the next page what was done; that of the case need not name it."""
    own_page = address == url_for("work.case", case_id=case_id)
    with read_only() as session:
        reference = references.of(session, current_actor().district_code)
        done = case_done.sentence(
            session,
            cases.get(session, case_id),
            action,
            reference,
            now=utc_now(),
            titled=not own_page,
        )
    shell.say_done(done)


def _perform(session: Session, case_id: UUID, action: Action, given: Given) -> None:
    """Do an action; where two cases are concerned, to both in one unit."""
    by, now = current_actor(), utc_now()
    if action is Action.MERGE:
        into = case_input.other_case(session, by.district_code)
        merging.merge(session, case_id, into, by=by, now=now, given=given)
    elif action is Action.CORRECT_SPOT:
        reporters.correct_spot(session, case_id, given, by=by, now=now)
    elif action is Action.UNMERGE:
        merging.unmerge(session, case_id, by=by, now=now, given=given)
    else:
        casework.perform(session, case_id, action, by=by, now=now, given=given)


def _reference() -> Reference:
    """Return the district's reference data, before the act: pictures take their time."""
    with read_only() as session:
        return references.of(session, current_actor().district_code)


def _after(case_id: UUID, action: Action) -> str:
    """Go back to the desk it was done from; stay on the case, or go on once it left the hands."""
    back = request.form.get("back", "")
    decided = back == url_for("desk.approvals") and current_actor().has(*shell.DECIDING)
    if decided or (is_desk(back) and current_actor().has(Role.DISPATCHER)):
        return back
    if action in LEAVING and current_actor().has(Role.WORKER, Role.HANDLER):
        return url_for("work.tasks")
    with read_only() as session:
        seen = may_see(current_actor(), cases.scope_of(session, cases.get(session, case_id)))
    return url_for("work.case", case_id=case_id) if seen else url_for("staff.start")


def is_desk(address: str) -> bool:
    """Tell whether an address is one of the desk's own pages; nothing else is gone back to."""
    return address == "/desk" or address.startswith(("/desk?", "/desk/"))


def _refused(case_id: UUID, action: Action, error: GridgovError) -> BaseResponse:
    if isinstance(error, ChangedMeanwhile) and not _still_visible(case_id):
        return _gone(error)
    if isinstance(error, (ChangedMeanwhile, Conflict, InvalidTransition, NotAllowed)):
        page = _page(case_id, notice=_notice(error))
        if not isinstance(error, (ChangedMeanwhile, NotAllowed)):
            case_acts.open_form(page["actions"], str(action), {}, request.form.to_dict())
        return make_response(render_template("staff/case.html", **page), status_of(error))
    page = _page(case_id)
    field = error.field if isinstance(error, InvalidInput) else "text"
    field = {"photos": "photo", "datum": "position", "accuracy": "position"}.get(field, field)
    errors = {field: sentences.of(error)}
    case_acts.open_form(page["actions"], str(action), errors, request.form.to_dict())
    return make_response(render_template("staff/case.html", **page), status_of(error))


def _still_visible(case_id: UUID) -> bool:
    with read_only() as session:
        return may_see(current_actor(), cases.scope_of(session, cases.get(session, case_id)))


def _gone(error: ChangedMeanwhile) -> BaseResponse:
    """Say what happened to a case that left the person's hands meanwhile; keep the words."""
    told = _what_happened(error)
    typed = request.form.get("text", "").strip()
    kept = _("You had written: %(text)s", text=typed) if typed else ""
    html = render_template(
        "resident/message.html",
        title=told["title"],
        words=words.joined(told.get("words", ""), kept),
        acts=[{"url": url_for("work.tasks"), "words": _("To my tasks")}],
        number=None,
    )
    return make_response(html, 409)


def _notice(error: GridgovError) -> dict[str, Any]:
    kept = request.form.get("text") or None
    if isinstance(error, ChangedMeanwhile) and error.last is not None:
        return {"kind": "conflict", **_what_happened(error), "kept": kept}
    if isinstance(error, NotAllowed):
        return {"kind": "refused", "title": _("This is not for you to do"), "kept": kept}
    return {"kind": "conflict", "title": sentences.of(error), "kept": kept}


def _what_happened(error: ChangedMeanwhile) -> dict[str, str]:
    """Say who was faster, with what, and how long ago."""
    entry = error.last
    if entry is None:
        return {"title": sentences.of(error)}
    with read_only() as session:
        names = people.names(session, {entry.by_person_id} if entry.by_person_id else set())
    who = names.get(entry.by_person_id) if entry.by_person_id else None
    title = _(
        "%(who)s was faster: %(what)s, %(span)s ago",
        who=who or str(words.ROLE_WORDS.get(entry.by_role, "")),
        what=str(words.ACTION_WORDS[Action(entry.action)]),
        span=words.elapsed(entry.at, utc_now()),
    )
    state = str(words.STATE_WORDS[CaseState(error.state)])
    return {"title": title, "words": _("The case is now: %(state)s.", state=state)}


@work.get("/photos/<uuid:photo_id>/<any(thumb, full):size>.jpg")
@requires(*SEES_CASES, area="pictures of cases the policy shows to the person")
def photo(photo_id: UUID, size: Literal["thumb", "full"]) -> Response:
    """Send a picture of a case the person may see."""
    with read_only() as session:
        picture = session.get(photos.Photo, photo_id)
        if picture is None:
            raise NotFound("no such picture")
        visible_case(session, picture.case_id, current_actor())
    return uploads.serve(picture.sha256, size)
