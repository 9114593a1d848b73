"""How a person of the staff wants to be told, and the browser that is told."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from gridgov.config import ROOT
from gridgov.domain.errors import InvalidInput
from gridgov.domain.notices import PERSON, Recipient, Way
from gridgov.domain.roles import Role
from gridgov.gateways.push import Browser, read_browser
from gridgov.services import notice_settings
from gridgov.services import reference as references
from gridgov.services.notice_settings import OWN_WAYS
from gridgov.storage import districts, notice_people
from gridgov.storage.session import read_only, unit_of_work
from gridgov.web import sentences, shell
from gridgov.web.access import current_actor, public, requires
from gridgov.web.errors import status_of
from gridgov.web.i18n import language
from gridgov.web.instance import instance, utc_now
from gridgov.web.notice_words import WAYS, Words
from gridgov.web.shell import ALL_STAFF

notices = Blueprint("notices", __name__)

OWN = "the person's own notices"
SUBSCRIPTION, NAMES = "subscription", {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome"}


@notices.get("/push-worker.js")
@public("a script that shows notices: the same for everybody")
def worker() -> Response:
    """Serve the script that receives pushes; from the root, so that it may open every page."""
    response = send_from_directory(ROOT / "static" / "js", "push-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@notices.get("/account/notices")
@requires(*ALL_STAFF, area=OWN)
def mine() -> BaseResponse:
    """Show by which ways the person is told, and the form to change it."""
    return _page({}, {}, 200)


def _page(sent: Mapping[str, Any], errors: Mapping[str, str], status: int) -> BaseResponse:
    actor = current_actor()
    with read_only() as session:
        reference = references.of(session, actor.district_code)
        district = districts.get(session, actor.district_code)
        head = shell.staff_context(actor, "", reference)
        kept = notice_settings.own(session, _person(), vault=instance().vault)
    can = instance().senders.ways(sample=district.sample)
    form = sent or {
        "ways": [str(way) for way in kept.ways],
        "digest": "yes" if kept.digest else "no",
        "morning": "yes" if kept.morning else "no",
        "language": kept.language or "",
        "phone": kept.phone,
        "mail": kept.mail,
    }
    html = render_template(
        "staff/notices.html",
        **head,
        form=form,
        errors=errors,
        ways=[
            {
                "code": str(way),
                "words": str(WAYS[way]),
                "on": str(way) in form["ways"],
                "note": None if way in can else _("not set up here yet"),
            }
            for way in OWN_WAYS
        ],
        browsers=kept.browsers,
        mornings=actor.has(Role.SUPERVISOR),
        only_file=Way.FILE in can,
        push=push_context(
            url_for("notices.add_browser"), url_for("notices.forget_browser"), kept.browsers > 0
        ),
        saved=request.args.get("saved") == "1",
    )
    return make_response(html, status)


def push_for_report(district_code: str, code: str) -> dict[str, Any] | None:
    """Return what the receipt's page needs to let a browser be told; None where none is."""
    with read_only() as session:
        sample = districts.get(session, district_code).sample
    if Way.PUSH not in instance().senders.ways(sample=sample):
        return None
    return push_context(
        url_for("resident.tell_browser", code=code),
        url_for("resident.forget_browser", code=code),
        known=False,
    )


def push_context(url: str, forget_url: str, known: bool) -> dict[str, Any]:
    """Return what the script needs to let this browser be told."""
    return {
        "key": instance().senders.push.public_key(),
        "worker": url_for("notices.worker"),
        "url": url,
        "forget_url": forget_url,
        "known": known,
    }


@notices.post("/account/notices")
@requires(*ALL_STAFF, area=OWN)
def save_mine() -> BaseResponse:
    """Keep how the person wants to be told."""
    sent = {
        "ways": request.form.getlist("ways"),
        "digest": request.form.get("digest", "no"),
        "morning": request.form.get("morning", "no"),
        "language": request.form.get("language", ""),
        "phone": request.form.get("phone", ""),
        "mail": request.form.get("mail", ""),
    }
    try:
        with unit_of_work() as session:
            notice_settings.save_own(
                session,
                _person(),
                ways=sent["ways"],
                digest=sent["digest"] == "yes",
                morning=sent["morning"] == "yes" and current_actor().has(Role.SUPERVISOR),
                language=str(sent["language"]) or None,
                phone=str(sent["phone"]),
                mail=str(sent["mail"]),
                vault=instance().vault,
            )
    except InvalidInput as error:
        return _page(sent, {error.field: _sentence(error)}, status_of(error))
    return redirect(url_for("notices.mine", saved=1), code=303)


def _sentence(error: InvalidInput) -> str:
    if error.field == "mail":
        return _("This is no mail address. Write it like name@example.org, or leave it empty.")
    return sentences.of(error)


def _person() -> UUID:
    person_id = current_actor().person_id
    if person_id is None:
        raise InvalidInput("person", "missing")
    return person_id


@notices.post("/account/notices/browser")
@requires(*ALL_STAFF, area=OWN)
def add_browser() -> BaseResponse:
    """Tell the browser that asks, from now on."""
    subscribe(current_actor().district_code, Recipient(PERSON, str(_person())))
    return make_response("", 204)


@notices.post("/account/notices/browser/forget")
@requires(*ALL_STAFF, area=OWN)
def forget_browser() -> BaseResponse:
    """Tell the browser that asks no more."""
    forget(Recipient(PERSON, str(_person())))
    return make_response("", 204)


def sent_browser() -> Browser:
    """Return the browser that a form carries. Raises: InvalidInput (subscription)."""
    try:
        content = json.loads(request.form.get(SUBSCRIPTION, ""))
    except ValueError:
        content = None
    found = read_browser(content, instance().senders.push.hosts)
    if found is None:
        raise InvalidInput(SUBSCRIPTION, "unknown")
    return found


def subscribe(district_code: str, recipient: Recipient) -> None:
    """Keep the browser that a form carries for a recipient. Raises: InvalidInput."""
    browser = sent_browser()
    with unit_of_work() as session:
        notice_settings.subscribe(
            session,
            district_code,
            recipient,
            browser,
            name=_name_of(request.user_agent.string),
            language=language(),
            now=utc_now(),
        )


def forget(recipient: Recipient) -> None:
    """Forget the browser that a form carries, of a recipient. Raises: InvalidInput."""
    browser = sent_browser()
    with unit_of_work() as session:
        notice_people.drop_browser(session, str(recipient), browser.hash)


def _name_of(agent: str) -> str:
    return next((name for sign, name in NAMES.items() if sign in agent), "")


@notices.post("/account/notices/test")
@requires(*ALL_STAFF, area=OWN)
def test_mine() -> BaseResponse:
    """Send the person a test by one way."""
    actor = current_actor()
    with unit_of_work() as session:
        district = districts.get(session, actor.district_code)
        ways = instance().senders.ways(sample=district.sample)
        asked = request.form.get("way", "")
        way = Way.FILE if Way.FILE in ways else Way(asked) if asked in set(Way) else Way.PUSH
        notice_settings.send_test(
            session,
            actor.district_code,
            Recipient(PERSON, str(_person())),
            way,
            language=language(),
            now=utc_now(),
            say=Words(),
            ways=ways,
        )
    return redirect(url_for("notices.mine", saved=1), code=303)
