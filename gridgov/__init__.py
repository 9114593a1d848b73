"""gridgov: event dispatch on a district's net of grids (网格)."""

__version__ = "0.1.0"
