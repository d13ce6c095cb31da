"""Who may read the text of a journal entry. One pure function; docs/threat-model.md quotes it, docs/decisions/0023
gives the reasons.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class JournalReader:
    """What is true of someone who wants to read an entry of a teacher, now.

    is_owner: wrote it. is_paired_mentor: has the role `mentor` in the teacher's scope, not ended. trains_school: has
    the role `trainer` at the teacher's school or above it. trains_class: is trainer where a class lies in which the
    teacher is a member.
    """

    is_owner: bool = False
    is_paired_mentor: bool = False
    trains_school: bool = False
    trains_class: bool = False


def may_read_entry(reader: JournalReader, *, is_course_work: bool) -> bool:
    """The teacher and the mentors paired now read every entry. A trainer of the teacher's school and of one of the
    teacher's classes reads entries that answer a course (they name a pack). Nobody else reads any: administrators see
    that and when a teacher writes, never what; a mentor whose pairing ended, no more.
    """
    if reader.is_owner or reader.is_paired_mentor:
        return True
    return is_course_work and reader.trains_school and reader.trains_class
