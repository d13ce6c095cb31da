"""Tables of a hub; private to the domain. What is mirrored of the log lies in the log's own tables (`event_log.mirror`).

A hub belongs to one place, so no row names an organisation. Transfers are kept as they came, bytes and signature: whoever has them
can bring them to the root.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _big(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class RelayState(Table, table=True):
    """Which hub this is, and what it last heard. One row, written when it enrols."""

    __tablename__ = "relay_state"
    row_id: int = Field(primary_key=True)
    certificate: str = Field(sa_column=Column(Text, nullable=False))
    root_key: str
    operator_hash: str
    epoch: str | None = None
    reach_tag: str | None = None
    heard_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    # The root's clock in its newest answer, and the age of this hub: see `state.grow_older`.
    root_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    age_ms: int = Field(default=0, sa_column=_big())
    # The newest list of publishers that the root signed, as it came.
    keyring: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    # The root's key for files.
    files_key: str | None = None


class RelayDevice(Table, table=True):
    """A device that the root vouched for."""

    __tablename__ = "relay_device"
    device_id: str = Field(primary_key=True)
    person_id: str = Field(index=True)
    public_key: str
    revoked: bool


class RelayPerson(Table, table=True):
    __tablename__ = "relay_person"
    person_id: str = Field(primary_key=True)
    name: str
    inside: bool


class RelayTransfer(Table, table=True):
    """A transfer that is kept. `known`: its signature is by a device that the root vouched for; else by `by_key`, which asked.
    `state`: waiting, given (the root judged it), refused (the root will not have it in this epoch). `given_ms`: the age of the hub
    when the root took it, or was first asked to."""

    __tablename__ = "relay_transfer"
    __table_args__ = (Index("ix_relay_transfer_state_number", "state", "number"),)
    number: int | None = Field(default=None, primary_key=True)
    stream: str = Field(index=True)
    device_id: str = Field(index=True)
    person_id: str
    by_key: str
    known: bool
    head: int = Field(sa_column=_big())
    next: int = Field(sa_column=_big())
    chain: str
    sig: str
    sig2: str | None = None
    bytes: int = Field(sa_column=_big())
    received_ms: int = Field(sa_column=_big())
    state: str
    try_after_ms: int = Field(sa_column=_big())
    given_ms: int | None = Field(default=None, sa_column=_big(nullable=True))


class RelaySegment(Table, table=True):
    """A segment of a transfer that is kept. `answer`: the root's, in this epoch; of what it keeps beside the stream, the code.
    `numbered`: the mirror has it. `gone`: something of it was erased by right; the SHA-256 of the body that was sealed."""

    __tablename__ = "relay_segment"
    __table_args__ = (
        Index("ix_relay_segment_stream_first", "stream", "first"),
        Index("ix_relay_segment_scope_numbered", "scope", "numbered"),
    )
    transfer: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    stream: str
    device_id: str
    scope: str
    n: int = Field(sa_column=_big())
    prev: str
    hash: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    gone: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    answer: str | None = None
    numbered: bool = False


class RelayStatement(Table, table=True):
    """The root's newest word about a stream."""

    __tablename__ = "relay_statement"
    stream: str = Field(primary_key=True)
    device_id: str = Field(index=True)
    epoch: str
    next: int = Field(sa_column=_big())
    chain: str
    sig: str


class RelayFile(Table, table=True):
    """A file of records that was handed in at the page, sealed to the root. `device_id`: whose signature it was, of those whom the root has
    vouched for here; else empty. `receipt`: what the root gave for it. `since_ms`: the age of
    the hub when the root took or refused it. `data` is empty once it was let go."""

    __tablename__ = "relay_file"
    sha256: str = Field(primary_key=True)
    name: str
    device_id: str
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_ms: int = Field(sa_column=_big())
    state: str
    try_after_ms: int = Field(sa_column=_big())
    receipt: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    since_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
