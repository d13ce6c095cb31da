"""Tables of programmes; private to it. Names are JSON objects from language to text, as phones get them."""

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _ms(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class Programme(Table, table=True):
    __tablename__ = "programme"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(index=True)
    name: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    created_ms: int = Field(sa_column=_ms())


class Cohort(Table, table=True):
    """A class within a programme."""

    __tablename__ = "programme_cohort"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(index=True)
    programme_id: str = Field(foreign_key="programme.id", index=True)
    name: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    created_ms: int = Field(sa_column=_ms())


class CohortMember(Table, table=True):
    """Who is, or was, in a class, and as what. Leaving keeps the row."""

    __tablename__ = "programme_cohort_member"
    cohort_id: str = Field(primary_key=True, foreign_key="programme_cohort.id")
    person_id: str = Field(primary_key=True, index=True)
    role: str = Field(primary_key=True)
    organisation_id: str
    joined_ms: int = Field(sa_column=_ms())
    left_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class Assignment(Table, table=True):
    """A pack given to a class. `told_version` is the newest version that the class's phones were told of."""

    __tablename__ = "programme_assignment"
    cohort_id: str = Field(primary_key=True, foreign_key="programme_cohort.id")
    slug: str = Field(primary_key=True)
    organisation_id: str
    version: int
    told_version: int
    due_day: str | None = None
    note: str = ""
    assigned_ms: int = Field(sa_column=_ms())
    assigned_by: str


class OpenPack(Table, table=True):
    """A pack that everybody of the installation may take."""

    __tablename__ = "programme_open_pack"
    slug: str = Field(primary_key=True)
    organisation_id: str
    told_version: int
    opened_ms: int = Field(sa_column=_ms())
    opened_by: str
