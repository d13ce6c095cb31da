"""The table of backups; private to this domain."""

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from xuetan.kernel.tables import Table


class VerifiedBackup(Table, table=True):
    """A backup that was restored on trial. It counts only in its epoch: after a restore none of the new history is in any."""

    __tablename__ = "backup_verified"
    name: str = Field(primary_key=True)
    epoch: str = Field(index=True)
    folder: str
    made_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    verified_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    events: int = Field(sa_column=Column(BigInteger, nullable=False))
    files: int
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
