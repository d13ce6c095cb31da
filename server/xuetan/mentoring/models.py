"""The table of mentoring; private to it."""

from sqlalchemy import BigInteger, Boolean, Column, Index, text, true
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _ms(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class Pair(Table, table=True):
    """A mentor and a teacher for a time. Pairing again after an end is another pair. The place is the teacher's."""

    __tablename__ = "mentoring_pair"
    __table_args__ = (
        Index(
            "uq_mentoring_pair_active",
            "mentor_id",
            "teacher_id",
            unique=True,
            sqlite_where=text("ended_ms IS NULL"),
            postgresql_where=text("ended_ms IS NULL"),
        ),
    )
    id: str = Field(primary_key=True)
    organisation_id: str = Field(index=True)
    mentor_id: str = Field(index=True)
    teacher_id: str = Field(index=True)
    goals: str
    started_ms: int = Field(sa_column=_ms())
    started_by: str
    ended_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    # Else from the beginning of the pair on; the position is where the teacher's scope stood then.
    reads_all: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    started_position: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
