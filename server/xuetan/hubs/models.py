"""Tables of hubs, at the root; private to the domain. Codes, tokens and nonces are stored so that the table alone opens
nothing."""

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _big(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class Hub(Table, table=True):
    """A hub of a place, from the making of its code on. It serves the people of `organisation_id` and below. What it last said of
    itself (address, holdings) moves nothing."""

    __tablename__ = "hub_hub"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id", index=True)
    name: str
    made_ms: int = Field(sa_column=_big())
    made_by: str
    code_look_up: str = Field(unique=True)
    code_expires_ms: int = Field(sa_column=_big())
    key: str | None = None
    file_key: str | None = None
    enrolled_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    revoked_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    address: str = ""
    contact_ms: int | None = Field(default=None, sa_column=_big(nullable=True))
    events: int = Field(default=0, sa_column=_big())
    waiting: int = Field(default=0, sa_column=_big())
    bytes: int = Field(default=0, sa_column=_big())
    oldest_ms: int | None = Field(default=None, sa_column=_big(nullable=True))


class HubSession(Table, table=True):
    """A bearer token of a hub, by its SHA-256."""

    __tablename__ = "hub_session"
    token_hash: str = Field(primary_key=True)
    hub_id: str = Field(foreign_key="hub_hub.id", index=True)
    expires_ms: int = Field(sa_column=_big())


class HubNonce(Table, table=True):
    """A challenge that a hub may sign once."""

    __tablename__ = "hub_nonce"
    nonce_hash: str = Field(primary_key=True)
    hub_id: str = Field(foreign_key="hub_hub.id", index=True)
    expires_ms: int = Field(sa_column=_big())


class ToldReach(Table, table=True):
    """The reach that a hub was told, or is being told in parts, as the bytes whose hash is `tag`: what it has, and what it has begun."""

    __tablename__ = "hub_reach"
    hub_id: str = Field(primary_key=True, foreign_key="hub_hub.id")
    tag: str = Field(primary_key=True)
    made_ms: int = Field(sa_column=_big())
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
