"""One text with several problems becomes one report for each, sent together.

The parts share place, photos and contact; each has its own receipt and case. Their
tokens are made from the one that was sent, so that sending twice changes nothing and
each part finds the others again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

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
    """Return the reports that were sent in one with this one, oldest first, itself included.

    Empty for a report that was sent alone.
    """
    base, mark, number = report.client_token.rpartition(PART)
    if not mark or not number.isdecimal():
        base = report.client_token
    tokens = [base, *(f"{base}{PART}{n}" for n in range(1, MOST_PROBLEMS + 1))]
    found = reports.by_tokens(session, report.district_code, tokens)
    return found if len(found) > 1 else []


def _seen(session: Session, submission: Submission) -> list[Receipt]:
    """Return the receipts of what came with this token before."""
    tokens = [submission.client_token, *part_tokens(submission.client_token)]
    return [
        intake.receipt_again(session, report)
        for report in reports.by_tokens(session, submission.district_code, tokens)
    ]
