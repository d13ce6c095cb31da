"""Who waits for a mentor: the lines of the mentors' caseloads, by teacher, for the teachers that a page shows and no others."""

from collections.abc import Collection, Mapping

from sqlmodel import Session

from xuetan.console.visit import StaffVisit
from xuetan.mentoring import service as mentoring
from xuetan.mentoring.service import CaseloadLine

Lines = Mapping[str, list[CaseloadLine]]


def caseload_lines(session: Session, visit: StaffVisit, teacher_ids: Collection[str]) -> Lines:
    """By teacher, one line for each mentor they have now."""
    pairs = mentoring.list_pairs(session, visit.staff, active_only=True)
    now_ms = visit.services.clock.now_ms()
    found: dict[str, list[CaseloadLine]] = {}
    for mentor_id in sorted({pair.mentor.id for pair in pairs if pair.teacher.id in teacher_ids}):
        for line in mentoring.list_caseload(session, visit.staff, mentor_id, now_ms=now_ms):
            if line.pair.teacher.id in teacher_ids:
                found.setdefault(line.pair.teacher.id, []).append(line)
    return found


def waits(lines: Lines, teacher_id: str) -> bool:
    """True when a teacher wrote something that no mentor has answered."""
    return any(line.facts.entries_waiting or line.facts.messages_waiting for line in lines.get(teacher_id, ()))
