"""Tables of accounts; private to it. Secrets (codes, tokens, nonces, passwords) are stored so that the table alone
opens nothing.

`organisation_id` says where a row belongs in the tree; what a person sees is decided by it.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, UniqueConstraint, false, text
from sqlmodel import Field

from xuetan.kernel.tables import Table


def _ms(*, nullable: bool = False) -> "Column[int]":
    return Column(BigInteger, nullable=nullable)


class Organisation(Table, table=True):
    """A place in the tree: province, city, county, school. One installation has one root."""

    __tablename__ = "account_organisation"
    id: str = Field(primary_key=True)
    parent_id: str | None = Field(default=None, foreign_key="account_organisation.id", index=True)
    kind: str
    name: str
    created_ms: int = Field(sa_column=_ms())


class OrganisationAncestor(Table, table=True):
    """The tree unfolded: every organisation with itself (distance 0) and all that stand above it."""

    __tablename__ = "account_organisation_ancestor"
    organisation_id: str = Field(primary_key=True, foreign_key="account_organisation.id")
    ancestor_id: str = Field(primary_key=True, foreign_key="account_organisation.id", index=True)
    distance: int


class Person(Table, table=True):
    __tablename__ = "account_person"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id", index=True)
    name: str
    language: str
    created_ms: int = Field(sa_column=_ms())


class RoleGrant(Table, table=True):
    """A role given at one organisation; it holds there and in all below it, until it is ended."""

    __tablename__ = "account_role_grant"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id", index=True)
    person_id: str = Field(foreign_key="account_person.id", index=True)
    role: str
    granted_ms: int = Field(sa_column=_ms())
    granted_by: str
    ended_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class SignInCode(Table, table=True):
    """`look_up` finds the code that was typed, `sealed` prints it again; neither tells it without the key on disk."""

    __tablename__ = "account_sign_in_code"
    __table_args__ = (
        Index(
            "uq_account_sign_in_code_valid",
            "person_id",
            unique=True,
            sqlite_where=text("revoked_ms IS NULL"),
            postgresql_where=text("revoked_ms IS NULL"),
        ),
    )
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id")
    person_id: str = Field(foreign_key="account_person.id", index=True)
    look_up: str = Field(unique=True)
    sealed: str
    issued_ms: int = Field(sa_column=_ms())
    issued_by: str
    revoked_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class PinReset(Table, table=True):
    """How often a person was let set a new PIN; the newest time, for the codes that are shown."""

    __tablename__ = "account_pin_reset"
    person_id: str = Field(primary_key=True, foreign_key="account_person.id")
    organisation_id: str = Field(foreign_key="account_organisation.id")
    number: int
    made_by: str
    made_ms: int = Field(sa_column=_ms())


class Device(Table, table=True):
    """One person's key pair on one phone. Two people on a phone are two devices. `file_key`: a second key, to which
    files for this device are sealed. `records_only`: its key was accepted by the operator for what is carried, and opens nothing
    until its person signs in on it."""

    __tablename__ = "account_device"
    __table_args__ = (UniqueConstraint("person_id", "thumbprint"),)
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id")
    person_id: str = Field(foreign_key="account_person.id", index=True)
    name: str
    public_key: str
    thumbprint: str = Field(index=True)
    file_key: str | None = None
    enrolled_ms: int = Field(sa_column=_ms())
    revoked_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    records_only: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class DeviceSession(Table, table=True):
    """A bearer token of a device, as SHA-256: 256 random bits need no slow hash."""

    __tablename__ = "account_device_session"
    token_hash: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id")
    device_id: str = Field(foreign_key="account_device.id", index=True)
    created_ms: int = Field(sa_column=_ms())
    expires_ms: int = Field(sa_column=_ms())


class SessionNonce(Table, table=True):
    """A challenge that a device may sign once. Taken up by being deleted."""

    __tablename__ = "account_session_nonce"
    nonce_hash: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id")
    device_id: str = Field(foreign_key="account_device.id", index=True)
    expires_ms: int = Field(sa_column=_ms())


class ConsoleCredential(Table, table=True):
    """Name and password of a person who uses the console. `sign_in_name` is stored folded."""

    __tablename__ = "account_console_credential"
    person_id: str = Field(primary_key=True, foreign_key="account_person.id")
    organisation_id: str = Field(foreign_key="account_organisation.id")
    sign_in_name: str = Field(unique=True)
    password_hash: str
    changed_ms: int = Field(sa_column=_ms())


class ConsoleSession(Table, table=True):
    """A signed-in browser, by the SHA-256 of its cookie."""

    __tablename__ = "account_console_session"
    token_hash: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="account_organisation.id")
    person_id: str = Field(foreign_key="account_person.id", index=True)
    created_ms: int = Field(sa_column=_ms())
    expires_ms: int = Field(sa_column=_ms())
