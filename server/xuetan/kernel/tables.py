"""The base of every table: one metadata, whose convention gives each key and index a name that a migration can speak of."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel


class Table(SQLModel):
    """Derive with `table=True`. It does not validate: never a request body."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
