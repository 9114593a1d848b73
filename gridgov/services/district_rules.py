"""Rules of a district that an administrator switches: the ladder, the night, storms."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gridgov.domain.errors import InvalidInput
from gridgov.domain.stage_limits import SEVERITIES
from gridgov.domain.stages import URGENT
from gridgov.domain.storms import StormRule, check_rule
from gridgov.services import setup_base
from gridgov.services.reference import Reference
from gridgov.services.timers import FILLED


@dataclass(frozen=True, slots=True)
class Rules:
    """Whether cases climb by themselves, from which severity limits run at night, storms.

    `natural_from` is a severity from 1 to 4, None where limits never run at night.
    """

    ladder: bool
    natural_from: int | None
    storm: StormRule


def rules_of(reference: Reference) -> Rules:
    """Return the rules of a district as they stand."""
    return Rules(reference.ladder, reference.natural_from, reference.storm)


def usual(*, ladder: bool) -> Rules:
    """Return the rules a district begins with: with the ladder what is urgent runs at night."""
    return Rules(ladder, URGENT if ladder else None, StormRule())


def set_rules(session: Session, district_code: str, rules: Rules) -> None:
    """Set the rules of a district; every process notices, limits from now on follow them.

    What comes due on open cases is planned anew by the next sweep.
    Raises: InvalidInput (natural_from; reports, minutes, radius_m, lasts_hours), NotFound.
    """
    if rules.natural_from is not None and rules.natural_from not in SEVERITIES:
        raise InvalidInput("natural_from", "invalid")
    setup_base.revise(
        session,
        district_code,
        ladder=rules.ladder,
        natural_from=rules.natural_from,
        storm=check_rule(rules.storm),
        **{FILLED: False},
    )
