"""Changing the catalogue of the sample district as an import of its whole table does."""

from sqlalchemy.orm import Session

from gridgov.domain.roles import Actor
from gridgov.domain.table_imports import Located, Place, ReadTable, Table
from gridgov.services import setup_base, setup_catalogue
from gridgov.services.setup_base import Source
from tests.support.acts import DISTRICT, NOON

OFFICE = Source(Actor.system(DISTRICT), "test", "why")


def end_class(session: Session, code: str) -> None:
    """Write a version of the catalogue that has one class less; its open cases stay."""
    classes = setup_catalogue.classes(session, DISTRICT)
    kept = [one for known, one in sorted(classes.items()) if known != code]
    rows = [Located(Place("", line), one) for line, one in enumerate(kept, 2)]
    prepared = setup_catalogue.plan_of(
        session, DISTRICT, rows, ReadTable(Table.CATALOGUE, rows), whole=True
    )
    assert [one.key for one in prepared.plan.done()] == [code]
    setup_base.carry_out(session, DISTRICT, prepared, source=OFFICE, now=NOON)
