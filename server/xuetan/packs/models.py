"""Tables of packs; private to the domain. What is published is immutable: a row of `pack_version` is written once.

`pack_blob` belongs to the installation: blobs are named by their bytes and shared by all packs that hold them. It
is also what may be fetched by anybody: a blob of the store that is not listed there is not served.
"""

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _big(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


def _text(*, nullable: bool = False) -> "Column[str]":
    return Column(Text, nullable=nullable)


class PackVersion(Table, table=True):
    """One published version: its manifest by hash, the signature over it, and the card that catalogues show."""

    __tablename__ = "pack_version"
    slug: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    organisation_id: str = Field(index=True)
    manifest: str = Field(unique=True)
    key_id: str
    signature: str
    card: str = Field(sa_column=_text())
    published_ms: int = Field(sa_column=_big())
    published_by: str


class PackBlob(Table, table=True):
    """A blob that some published pack refers to."""

    __tablename__ = "pack_blob"
    sha256: str = Field(primary_key=True)
    media_type: str
    bytes: int = Field(sa_column=_big())


class PackBuild(Table, table=True):
    """One build, asked for once: its source as it was then, how far it is, what preflight found, how it ended."""

    __tablename__ = "pack_build"
    __table_args__ = (Index("ix_pack_build_requested", "organisation_id", "requested_ms"),)
    build_id: str = Field(primary_key=True)
    organisation_id: str
    slug: str
    version: int
    # Its titles by language as JSON, as the source had them; empty for builds from before they were kept.
    title: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    source: str = Field(sa_column=_text())
    requested_ms: int = Field(sa_column=_big())
    requested_by: str
    state: str
    stage: str
    done: int
    total: int
    findings: str = Field(sa_column=_text())
    error_code: str | None = None
    manifest: str | None = None
    ended_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
