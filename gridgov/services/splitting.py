"""One text with several problems becomes one report for each: when it is sent, or later.

The parts share place, photos and contact; each has its own receipt and case, and each
receipt shows all of them. At intake their tokens are made from the one that was sent, so
that sending twice changes nothing; what a dispatcher splits off later has a token made
from the id of the report it was taken from. So each part finds the others again.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gridgov.domain.intake import check_text
from gridgov.domain.problems import MOST_PROBLEMS, split
from gridgov.domain.roles import Actor
from gridgov.services import intake
from gridgov.services.intake import Receipt, Sealer, Submission
from gridgov.services.reference import of as reference_of
from gridgov.storage import reports
from gridgov.storage.reports import Report

PART = "#"
# More than this nobody tells of in one report, and its receipt could not show.
MOST_PARTS = 12
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What still fits the hundred characters of a token with the part's number behind it.
LONGEST_BASE = 97


def submit_split(
    session: Session, submission: Submission, *, by: Actor, now: datetime, vault: Sealer
) -> list[Receipt]:
    """Take each problem of a text in as a report of its own; one problem is one report.

    All or none: every part is checked before the transaction ends. A problem whose words
    point to no class gets the class that was chosen. Raises as `intake.submit`.
    """
    before = _seen(session, submission)
    if before:
        return before
    reference = reference_of(session, submission.district_code)
    problems = split(check_text(submission.text), reference.catalogue.values())
    if len(problems) < 2:
        return [intake.submit(session, submission, by=by, now=now, vault=vault)]
    tokens = part_tokens(submission.client_token)
    return [
        intake.submit(
            session,
            replace(
                submission,
                client_token=token,
                text=problem.text,
                category_code=problem.category.code
                if problem.category is not None
                else submission.category_code,
            ),
            by=by,
            now=now,
            vault=vault,
        )
        for token, problem in zip(tokens, problems, strict=False)
    ]


def part_tokens(token: str) -> list[str]:
    """Return the tokens of the parts of a report, the first of them its own if it is short."""
    if len(token) > LONGEST_BASE:
        base = hashlib.sha256(token.encode()).hexdigest()
        return [f"{base}{PART}{number}" for number in range(1, MOST_PROBLEMS + 1)]
    return [token, *(f"{token}{PART}{number}" for number in range(2, MOST_PROBLEMS + 1))]


def together(session: Session, report: Report) -> Sequence[Report]:
    """Return the reports that came in one text with this one, oldest first, itself included.

    Also those that a dispatcher split off. Empty for a report that stands alone.
    """
    top = report
    while (above := _split_from(session, top)) is not None:
        top = above
    base = _base(top)
    tokens = [base, *(f"{base}{PART}{n}" for n in range(1, MOST_PROBLEMS + 1))]
    found = {one.id: one for one in reports.by_tokens(session, top.district_code, tokens)}
    fresh = [top, *(one for one in found.values() if one.id != top.id)]
    while fresh:
        tokens = [token for one in fresh for token in _tokens_of_parts(one)]
        fresh = list(reports.by_tokens(session, top.district_code, tokens))
        found |= {one.id: one for one in fresh}
    return [found[key] for key in sorted(found)] if len(found) > 1 else []


def _base(report: Report) -> str:
    base, mark, number = report.client_token.rpartition(PART)
    return base if mark and number.isdecimal() else report.client_token


def _split_from(session: Session, report: Report) -> Report | None:
    """Return the report a dispatcher took this one from, None for one that was sent."""
    base = _base(report)
    if base == report.client_token or not _ID.fullmatch(base):
        return None
    return session.get(Report, UUID(base))


def _tokens_of_parts(report: Report) -> list[str]:
    return [f"{report.id}{PART}{n}" for n in range(2, MOST_PARTS + 2)]


def _seen(session: Session, submission: Submission) -> list[Receipt]:
    """Return the receipts of what came with this token before."""
    tokens = [submission.client_token, *part_tokens(submission.client_token)]
    return [
        intake.receipt_again(session, report)
        for report in reports.by_tokens(session, submission.district_code, tokens)
    ]
