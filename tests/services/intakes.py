"""Reports as the tests of the intake send them: the case that comes of one, or the refusal."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridgov.domain.errors import GridgovError
from gridgov.services.effects import StoredPhoto
from gridgov.storage.cases import Case
from gridgov.storage.messages import PENDING
from tests.support.acts import case_of, report

VILLAGE, TOWN, OTHER_GRID = "440608004025", "440608004", "440608004014001"
MARKET = "440608004010Z01"  # takes street vending, 0301
PICTURE = StoredPhoto("b" * 64, 640, 480)
PHONE = "13987654329"


def assert_refused(session: Session, kind: type[GridgovError], **more: Any) -> Any:
    """A report is refused in this way, and nothing was written for it; return the refusal."""
    pending = len(session.info.get(PENDING, ()))
    session.flush()
    with pytest.raises(kind) as caught:
        report(session, **more)
    assert not session.new
    assert not session.dirty
    assert len(session.info.get(PENDING, ())) == pending
    return caught.value


def of(session: Session, **more: Any) -> Case:
    """The case that a report opens."""
    return case_of(session, report(session, **more))
