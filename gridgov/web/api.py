"""The machine door: its blueprint with every route on it, one file per noun."""

from gridgov.web import (
    api_area_maps,
    api_areas,
    api_board,
    api_cases,
    api_categories,
    api_hints,
    api_locate,
    api_nearby,
    api_own_reports,
    api_report_acts,
    api_reports,
)
from gridgov.web.api_base import api

__all__ = ["ROUTES", "api"]

# Importing them is what puts their routes on the blueprint.
ROUTES = (
    api_reports,
    api_own_reports,
    api_report_acts,
    api_hints,
    api_nearby,
    api_cases,
    api_locate,
    api_areas,
    api_area_maps,
    api_categories,
    api_board,
)
