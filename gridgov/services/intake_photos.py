"""The pictures of a new report as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.services.effects import StoredPhoto
from gridgov.storage.cases import Case
from gridgov.storage.photos import BEFORE, Photo
from gridgov.storage.reports import Report


def keep(
    session: Session, pictures: Sequence[StoredPhoto], case: Case, report: Report, now: datetime
) -> None:
    """Write rows for the pictures that came with the first report of a case."""
    for picture in pictures:
        session.add(
            Photo(
                district_code=case.district_code,
                case_id=case.id,
                report_id=report.id,
                entry_seq=1,
                purpose=BEFORE,
                sha256=picture.sha256,
                width=picture.width,
                height=picture.height,
                added_at=now,
            ).with_look(picture.look)
        )
