"""The machine door: its blueprint with every route on it, one file per noun."""

from gridgov.web import api_areas, api_board, api_locate, api_nearby, api_reports
from gridgov.web.api_base import api

__all__ = ["ROUTES", "api"]

# Importing them is what puts their routes on the blueprint.
ROUTES = (api_reports, api_nearby, api_locate, api_areas, api_board)
