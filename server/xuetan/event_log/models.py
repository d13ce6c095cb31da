"""Tables of the event log; private to it. Segments are the record, everything else can be told from them and from the
rows.

They carry no organisation: a scope leads every key, so scopes are what a growing installation divides by.
`log_history` and the projectors' cursors belong to the installation. Written by hand-made SQL on the measured path,
so columns and SQL change together.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Text, false, text
from sqlmodel import Field

from xuetan.kernel.tables import Table

COMPACT = {"sqlite_with_rowid": False}


def _big(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class History(Table, table=True):
    """Which history of the root this is. One row; a restore writes another epoch."""

    __tablename__ = "log_history"
    history_id: int = Field(primary_key=True)
    epoch: str
    founded_ms: int = Field(sa_column=_big())


class ScopeCounter(Table, table=True):
    """The newest position of a scope; its row is locked until commit: positions are gap-free and visible in order."""

    __tablename__ = "log_scope"
    __table_args__ = (COMPACT,)
    scope: str = Field(primary_key=True)
    head: int = Field(sa_column=_big())


class Entry(Table, table=True):
    """One position of one scope: an accepted segment (`stream` given) or a server's row (`row_kind` given; no body =
    removed). `released`: a segment that was let in from the quarantine; its place in its stream is told elsewhere."""

    __tablename__ = "log_entry"
    __table_args__ = (
        Index(
            "uq_log_entry_stream_first",
            "stream",
            "first",
            unique=True,
            sqlite_where=text("stream IS NOT NULL AND NOT released"),
            postgresql_where=text("stream IS NOT NULL AND NOT released"),
        ),
        Index(
            "ix_log_entry_row",
            "scope",
            "row_kind",
            "row_key",
            "position",
            sqlite_where=text("row_kind IS NOT NULL"),
            postgresql_where=text("row_kind IS NOT NULL"),
        ),
        Index("ix_log_entry_released", "stream", sqlite_where=text("released"), postgresql_where=text("released")),
    )
    scope: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    received_ms: int = Field(sa_column=_big())
    row_kind: str | None = None
    row_key: str | None = None
    row_body: str | None = None
    stream: str | None = None
    first: int | None = Field(default=None, sa_column=_big(nullable=True))
    n: int | None = Field(default=None, sa_column=_big(nullable=True))
    hash: str | None = None
    person_id: str | None = None
    role: str | None = None
    after: bool = False
    clock_offset_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    set_aside: str | None = None
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    released: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class Stream(Table, table=True):
    """A stream that was bound by its first accepted segment, with what comes next, the chain up to there, and how many of its events
    are in a verified backup of this epoch."""

    __tablename__ = "log_stream"
    __table_args__ = (COMPACT,)
    stream: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    device_id: str
    next: int = Field(sa_column=_big())
    chain: str
    safe: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Contact(Table, table=True):
    """When a device last spoke about one of its streams, and how many events that then held, sent or not: so that a loss can be seen,
    also of a stream that it left. With it the version of its app, what its clock is off by, since which contact something was missing
    after it, up to where it had read (JSON: [follow number, position] pairs), and when this stream was first heard of."""

    __tablename__ = "log_contact"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    head: int = Field(sa_column=_big())
    seen_ms: int = Field(sa_column=_big())
    since_ms: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    app: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    clock_offset_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    missing_since_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    cursors: str | None = None


class Again(Table, table=True):
    """An event that was emitted again: what it was called first, and the stream in which it came."""

    __tablename__ = "log_again"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    via: str


class Ahead(Table, table=True):
    """A device that has read further than this history goes, and since when."""

    __tablename__ = "log_ahead"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    epoch: str
    first_ms: int = Field(sa_column=_big())
    last_ms: int = Field(sa_column=_big())


class SetAside(Table, table=True):
    """The quarantine: what was kept as it came, with the code that says why, and what became of it. Single events keep their
    bytes in their segment. Never deleted."""

    __tablename__ = "log_set_aside"
    person_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: str = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    n: int = Field(sa_column=_big())
    scope: str
    prev: str
    code: str
    received_ms: int = Field(sa_column=_big())
    body: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    released_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    released_by: str | None = None
    answered_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    answered_by: str | None = None
    answer: str | None = None
    __table_args__ = (
        Index("ix_log_set_aside_stream_seq", "stream", "seq"),
        Index("ix_log_set_aside_received_ms", "received_ms"),
    )


class SetAsideReading(Table, table=True):
    """Who of the staff opened something that was set aside, and when they last did."""

    __tablename__ = "log_set_aside_reading"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: str = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    reader_id: str = Field(primary_key=True)
    last_ms: int = Field(sa_column=_big())


class Stranger(Table, table=True):
    """A key that signed records in a person's name and that no device of theirs has: what it says of itself, and what the operator
    did about it. `is_known_person`: somebody of this id was here when it first came."""

    __tablename__ = "log_stranger"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    key_id: str = Field(primary_key=True)
    key: str
    name: str
    is_known_person: bool = Field(sa_column=Column(Boolean, nullable=False))
    first_ms: int = Field(sa_column=_big())
    last_ms: int = Field(sa_column=_big())
    opened_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    opened_by: str | None = None
    accepted_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    accepted_by: str | None = None
    refused_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    refused_by: str | None = None


class StrangerTransfer(Table, table=True):
    """A transfer of a stranger, as it was carried: `segments` are the headers as JSON, `bodies` their bytes one after the other.
    No part of any scope or stream until its key is known."""

    __tablename__ = "log_stranger_transfer"
    person_id: str = Field(primary_key=True)
    device_id: str = Field(primary_key=True)
    key_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    chain: str = Field(primary_key=True)
    first: int = Field(sa_column=_big())
    next: int = Field(sa_column=_big())
    head: int = Field(sa_column=_big())
    sig: str
    sig2: str | None = None
    received_ms: int = Field(sa_column=_big())
    segments: str = Field(sa_column=Column(Text, nullable=False))
    bodies: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Erasure(Table, table=True):
    """That something was erased by right, by whom and why. Says nothing of what it said. `events`: how many; `files`: a JSON list of
    their SHA-256."""

    __tablename__ = "log_erasure"
    erasure_id: str = Field(primary_key=True)
    scope: str = Field(index=True)
    what: str
    thing: str
    by_person_id: str
    office: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    events: int = Field(sa_column=_big())
    files: str = Field(sa_column=Column(Text, nullable=False))
    at_ms: int = Field(sa_column=_big())


class ErasedEvent(Table, table=True):
    """An event that was erased, as what it is whoever brings it again: whose it is, where it first stood, and its hash."""

    __tablename__ = "log_erased_event"
    __table_args__ = (COMPACT,)
    stream: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    erasure_id: str = Field(index=True)


class ErasedSegment(Table, table=True):
    """A segment of which something was erased: the SHA-256 of the body that its hash seals, and what remains of that body.
    `erasure_id`: the last that took of it; empty where the segment came afterwards."""

    __tablename__ = "log_erased_segment"
    stream: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    remains: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    erasure_id: str = Field(index=True)


class ScopeRole(Table, table=True):
    """Who has, or had, which role in a scope."""

    __tablename__ = "log_role"
    __table_args__ = (COMPACT,)
    scope: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    since_ms: int = Field(sa_column=_big())
    ended_ms: int | None = Field(default=None, sa_column=_big(nullable=True))


class Follow(Table, table=True):
    """The numbers under which a person follows scopes, and from where on they read. A number is never given twice to the same person."""

    __tablename__ = "log_follow"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    scope: str
    role: str
    ended_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    floor: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    floor_ms: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Reader(Table, table=True):
    """The version of a person's follow list, and the last number that was given."""

    __tablename__ = "log_reader"
    __table_args__ = (COMPACT,)
    person_id: str = Field(primary_key=True)
    version: int
    last_number: int


class ProjectorCursor(Table, table=True):
    """How far a projector has come in a scope; committed with what it did."""

    __tablename__ = "log_projector_cursor"
    __table_args__ = (COMPACT,)
    projector: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    position: int = Field(sa_column=_big())


class ProjectionFailure(Table, table=True):
    """An event that a projector could not take. It stays in the log; a rebuild tries it again."""

    __tablename__ = "log_projection_failure"
    __table_args__ = (COMPACT,)
    projector: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    error: str
    failed_ms: int = Field(sa_column=_big())
