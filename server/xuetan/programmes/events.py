"""What happened in programmes, for other domains to act upon. Titles are objects from language to text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PackAssigned:
    """A pack was given to a class for the first time. `person_ids` are the members to be told."""

    cohort_id: str
    slug: str
    version: int
    title: dict[str, str]
    by_name: str
    person_ids: tuple[str, ...]
    now_ms: int


@dataclass(frozen=True)
class PackUpdated:
    """A class that has this pack was told of a newer version."""

    cohort_id: str
    slug: str
    version: int
    title: dict[str, str]
    person_ids: tuple[str, ...]
    now_ms: int


@dataclass(frozen=True)
class PersonEnrolled:
    cohort_id: str
    person_id: str
    role: str
    now_ms: int
