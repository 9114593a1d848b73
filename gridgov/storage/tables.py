"""Every table in one place, for migrations and for tests that make a fresh database."""

from gridgov.storage import (
    access,
    applications,
    areas,
    base,
    calendar,
    cases,
    catalogue,
    districts,
    facts,
    grid_changes,
    history,
    messages,
    numbers,
    people,
    photos,
    recoveries,
    reports,
    timers,
)

MODULES = (
    access,
    applications,
    areas,
    calendar,
    cases,
    catalogue,
    districts,
    facts,
    grid_changes,
    history,
    messages,
    numbers,
    people,
    photos,
    recoveries,
    reports,
    timers,
)
metadata = base.Base.metadata
