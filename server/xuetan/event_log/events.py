"""What the event log tells other domains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EventsErased:
    """Events of a scope are gone, and nothing that stays names these files (SHA-256 in hex). Whoever made something of them makes it
    anew."""

    scope: str
    erasure_id: str
    files: frozenset[str]
