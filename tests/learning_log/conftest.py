"""A small real installation."""

from __future__ import annotations

from tests.back_ends import backend
from tests.county_fixtures import county, founded, settings, stocked

__all__ = ["backend", "county", "founded", "settings", "stocked"]
