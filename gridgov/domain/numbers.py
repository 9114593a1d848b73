"""Case numbers as people read them."""

from datetime import date


def case_number(district_code: str, day: date, count: int) -> str:
    """Return the number of a case, e.g. 440608-261122-00042: district, local day, count."""
    return f"{district_code}-{day:%y%m%d}-{count:05d}"
