"""Every table in one place, for migrations and for tests that make a fresh database."""

from gridgov.storage import (
    access,
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
    planned_duties,
    reports,
)

MODULES = (
    access,
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
    planned_duties,
    reports,
)
metadata = base.Base.metadata
