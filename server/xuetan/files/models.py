"""The table of files; private to the domain. A row stands only for bytes that are whole, checked and durable."""

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _big() -> "Column[int]":
    return Column(BigInteger, nullable=False)


class ErasedFile(Table, table=True):
    """A file that was erased with what named it. A phone that brings it again is told that it is there, unless something names it anew."""

    __tablename__ = "files_erased"
    scope: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    erasure_id: str


class StoredFile(Table, table=True):
    """A file of one scope. The same bytes in two scopes are two rows: what is there is told inside a scope only."""

    __tablename__ = "files_stored"
    __table_args__ = (Index("ix_files_stored_person_id_received_ms", "person_id", "received_ms"),)
    scope: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    bytes: int = Field(sa_column=_big())
    media_type: str
    person_id: str
    received_ms: int = Field(sa_column=_big())
