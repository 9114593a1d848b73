"""Notices in words: one line each, without personal data and without what a case says."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import force_locale, pgettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from gridgov.domain.notices import Content, Morning, NoticeKind, Way
from gridgov.domain.workflow import PUBLIC_STATE
from gridgov.services.reference import Reference
from gridgov.web import receipts, words
from gridgov.web.i18n import pick

_K = NoticeKind
Line = Callable[[str], str]
# What is said of one case: its class and number follow.
OF_A_CASE: Mapping[NoticeKind, Line] = {
    _K.TO_ACCEPT: lambda case: _("To be accepted: %(case)s", case=case),
    _K.EMERGENCY: lambda case: _("Emergency, the desk registers the facts: %(case)s", case=case),
    _K.ASSIGNED: lambda case: _("New for you: %(case)s", case=case),
    _K.RULED: lambda case: _("It was ruled whose it is: %(case)s", case=case),
    _K.RETURNED: lambda case: _("Returned to the desk: %(case)s", case=case),
    _K.TO_RULE: lambda case: _("Returned twice, waits for your ruling: %(case)s", case=case),
    _K.TO_VERIFY: lambda case: _("Please go and look: %(case)s", case=case),
    _K.TO_ASSIST: lambda case: _("You are called in to assist: %(case)s", case=case),
    _K.TO_CHECK: lambda case: _("Please check whether it is done: %(case)s", case=case),
    _K.AGAIN: lambda case: _("To be done again: %(case)s", case=case),
    _K.TO_DECIDE: lambda case: _("Waits for your decision: %(case)s", case=case),
    _K.DECIDED: lambda case: _("What was applied for is decided: %(case)s", case=case),
    _K.ANSWERED: lambda case: _("There is news from the reporter: %(case)s", case=case),
    _K.URGED: lambda case: _("The reporter urges: %(case)s", case=case),
    _K.INSTRUCTED: lambda case: _("A leader gave an instruction: %(case)s", case=case),
    _K.ASSISTED: lambda case: _("Who was called in has done their part: %(case)s", case=case),
    _K.TIME_UP: lambda case: _("The time for this step is up: %(case)s", case=case),
    _K.OVERDUE: lambda case: _("Over its limit: %(case)s", case=case),
    _K.SUPERVISED: lambda case: _("Under supervision now: %(case)s", case=case),
    _K.OFF: lambda case: _("Nothing more to do: %(case)s", case=case),
}
OF_A_REPORT: Mapping[NoticeKind, Line] = {
    _K.QUESTION: lambda number: _(
        "There is a question about your report %(number)s; it waits for your answer", number=number
    ),
    _K.REPLIED: lambda number: _("There is an answer to your report %(number)s", number=number),
    _K.MERGED: lambda number: _(
        "Your report %(number)s goes on together with another about the same", number=number
    ),
    _K.LOST_CODE: lambda number: _("The receipt you asked for, of %(number)s", number=number),
}
# In a digest: how many of each, and the kinds as the list of the administration names them.
COUNTED: Mapping[NoticeKind, Any] = {
    _K.TO_ACCEPT: _l("to accept"),
    _K.EMERGENCY: _l("emergencies to register"),
    _K.ASSIGNED: _l("new for you"),
    _K.RULED: _l("ruled"),
    _K.RETURNED: _l("returned"),
    _K.TO_RULE: _l("to rule on"),
    _K.TO_VERIFY: _l("to look at"),
    _K.TO_ASSIST: _l("to assist with"),
    _K.TO_CHECK: _l("to check"),
    _K.AGAIN: _l("to do again"),
    _K.TO_DECIDE: _l("to decide"),
    _K.DECIDED: _l("decided"),
    _K.ANSWERED: _l("with news from the reporter"),
    _K.URGED: _l("urged"),
    _K.INSTRUCTED: _l("with an instruction"),
    _K.ASSISTED: _l("with assistance done"),
    _K.DUE_SOON: _l("due soon"),
    _K.STEP_SOON: _l("with a step due soon"),
    _K.TIME_UP: _l("out of time for a step"),
    _K.OVERDUE: _l("over the limit"),
    _K.SUPERVISED: _l("under supervision"),
    _K.OFF: _l("without anything to do"),
    _K.VACANT: _l("about grids without anybody"),
    _K.LEAVE: _l("about a leave"),
    _K.MORNING: _l("of the figures of the morning"),
    _K.REPORT_MADE: _l("of reports that are there"),
}
REPORTS: Mapping[str, Any] = {
    "day": _l("daily report"),
    "week": _l("weekly report"),
    "month": _l("monthly report"),
    "quarter": _l("quarterly report"),
    "year": _l("yearly report"),
}
WAYS: Mapping[Way, Any] = {
    Way.PUSH: _l("Browser"),
    Way.HOOK: _l("Group robot"),
    Way.MAIL: _l("Mail"),
    Way.SMS: _l("SMS"),
    Way.FILE: _l("File"),
}


class Words:
    """Says notices in a language; needs an application context, no request."""

    def notice(self, content: Content, language: str, reference: Reference) -> str:
        """Return one line about a case or a report."""
        with force_locale(_locale(language)):
            return _notice(content, reference)

    def digest(self, counts: Mapping[NoticeKind, int], language: str) -> str:
        """Return how many of what: 7 件新派给您，2 件快到期."""
        with force_locale(_locale(language)):
            parts = [
                _("%(n)s %(what)s", n=counts[kind], what=str(said))
                for kind, said in COUNTED.items()
                if counts.get(kind)
            ]
            return pgettext("between", ", ").join(parts)

    def title(self, reference: Reference, language: str) -> str:
        """Return who speaks: the district."""
        with force_locale(_locale(language)):
            name = pick(reference.name, reference.name_en)
            return _("%(district)s grid service", district=name)


def _locale(language: str) -> str:
    return "en" if language == "en" else "zh_Hans"


def _notice(content: Content, reference: Reference) -> str:
    if content.kind is _K.TEST:
        return _("This is a test; nothing has to be done")
    if content.kind in ABOUT_NO_CASE:
        return ABOUT_NO_CASE[content.kind](content)
    if content.kind is _K.PUBLIC and content.state is not None:
        said = (
            receipts.HEADLINES.get(content.state) or words.PUBLIC_WORDS[PUBLIC_STATE[content.state]]
        )
        state = str(said)
        return _("Your report %(number)s: %(state)s", number=content.number, state=state)
    if content.kind in OF_A_REPORT:
        return OF_A_REPORT[content.kind](content.number)
    title = pick(*content.title) or _("a confidential case")
    case = _("%(title)s (%(number)s)", title=title, number=content.number)
    if content.kind is _K.DUE_SOON and content.due_at is not None:
        return _("Due by %(when)s: %(case)s", when=_moment(content.due_at, reference), case=case)
    if content.kind is _K.STEP_SOON and content.due_at is not None:
        return _step_soon(content, _moment(content.due_at, reference), case)
    if content.kind is _K.TIME_UP and content.step:
        step = words.step(content.step)
        return _("The time for “%(step)s” is up: %(case)s", step=step, case=case)
    return OF_A_CASE[content.kind](case)


def _step_soon(content: Content, when: str, case: str) -> str:
    if not content.step:
        return _("A step is due by %(when)s: %(case)s", when=when, case=case)
    step = words.step(content.step)
    return _("“%(step)s” is due by %(when)s: %(case)s", step=step, when=when, case=case)


def _morning(area: str, found: Morning | None) -> str:
    if found is None:
        return area
    said = _(
        "%(area)s: yesterday %(received)s received, %(closed)s closed; closure rate %(rate)s; "
        "%(due)s due today, %(overdue)s overdue",
        area=area,
        received=found.received,
        closed=found.closed,
        rate=words.percent(found.rate),
        due=found.due,
        overdue=found.overdue,
    )
    if not found.surges:
        return said
    more = _("more than usual yesterday in %(num)s places or classes", num=found.surges)
    return _("%(figures)s; %(more)s", figures=said, more=more)


def _report_made(content: Content) -> str:
    return _(
        "%(area)s, %(period)s: the %(report)s (edition %(edition)s) is there",
        area=pick(*content.title),
        period=content.number,
        report=str(REPORTS[content.period]),
        edition=content.count,
    )


def _vacant(content: Content) -> str:
    names = pick(*content.title)
    if not names:
        return _("Grids that have nobody now: %(count)s", count=content.count)
    return _(
        "Units that nobody works for now: %(count)s (%(names)s)", count=content.count, names=names
    )


ABOUT_NO_CASE: Mapping[NoticeKind, Callable[[Content], str]] = {
    _K.LEAVE: lambda _content: _("There is news about a leave"),
    _K.VACANT: _vacant,
    _K.REPORT_MADE: _report_made,
    _K.MORNING: lambda content: _morning(pick(*content.title), content.morning),
}


def _moment(moment: datetime, reference: Reference) -> str:
    return f"{moment.astimezone(reference.zone):%m-%d %H:%M}"
