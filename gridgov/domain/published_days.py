"""What the State Council publishes each year: the days that are not as Monday to Friday are."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """A holiday on a weekday or a make-up workday (调休), with the notice that says so."""

    day: date
    workday: bool
    name: str
    name_en: str
    source: str
