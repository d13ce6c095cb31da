"""A small real installation."""

from __future__ import annotations

from tests.county_fixtures import county, founded, settings, stocked

__all__ = ["county", "founded", "settings", "stocked"]
