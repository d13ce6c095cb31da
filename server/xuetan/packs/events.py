"""What happened in packs, for other domains to act upon."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PackPublished:
    """A version was published. `supersedes` is the version that was the newest until now, if any."""

    slug: str
    version: int
    supersedes: int | None
    organisation_id: str
    published_by: str
    now_ms: int
