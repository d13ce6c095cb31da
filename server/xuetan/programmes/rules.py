"""Decisions of programmes. Pure."""

import re
from collections.abc import Collection, Mapping
from datetime import date

COHORT_ROLES = ("member", "mentor", "trainer")
NAME_CHARACTERS_MAX = 80
NOTE_CHARACTERS_MAX = 500
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROLE_NEEDED = {"member": "teacher", "mentor": "mentor", "trainer": "trainer"}


def is_name(name: Mapping[str, str]) -> bool:
    """A name has a text in at least one language, none of them empty or too long."""
    return bool(name) and all(0 < len(text.strip()) <= NAME_CHARACTERS_MAX for text in name.values())


def is_day(text: str) -> bool:
    """A day of the calendar as YYYY-MM-DD."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def may_join_as(role: str, person_roles: Collection[str]) -> bool:
    """In a class one is what one is elsewhere: teachers are its members, mentors its mentors, trainers its trainers."""
    return role in COHORT_ROLES and _ROLE_NEEDED[role] in person_roles
