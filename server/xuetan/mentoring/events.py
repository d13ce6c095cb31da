"""What happened in mentoring, for other domains to act upon."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PairCreated:
    pair_id: str
    mentor_id: str
    mentor_name: str
    teacher_id: str
    teacher_name: str
    now_ms: int


@dataclass(frozen=True)
class PairEnded:
    pair_id: str
    mentor_id: str
    mentor_name: str
    teacher_id: str
    teacher_name: str
    now_ms: int
