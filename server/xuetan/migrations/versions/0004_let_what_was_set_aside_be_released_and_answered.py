"""Let what was set aside be released and answered.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    only = sa.text(where)
    op.create_index(name, "log_entry", columns, unique=unique, sqlite_where=only, postgresql_where=only)


def upgrade() -> None:
    op.create_table(
        "log_set_aside_reading",
        sa.Column("person_id", _TEXT(), nullable=False),
        sa.Column("stream", _TEXT(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", _TEXT(), nullable=False),
        sa.Column("device_id", _TEXT(), nullable=False),
        sa.Column("reader_id", _TEXT(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "person_id", "stream", "seq", "hash", "device_id", "reader_id", name=op.f("pk_log_set_aside_reading")
        ),
        sqlite_with_rowid=False,
    )
    op.add_column("log_set_aside", sa.Column("released_ms", sa.BigInteger(), nullable=True))
    op.add_column("log_set_aside", sa.Column("released_by", _TEXT(), nullable=True))
    op.add_column("log_set_aside", sa.Column("answered_ms", sa.BigInteger(), nullable=True))
    op.add_column("log_set_aside", sa.Column("answered_by", _TEXT(), nullable=True))
    op.add_column("log_set_aside", sa.Column("answer", _TEXT(), nullable=True))
    op.create_index("ix_log_set_aside_received_ms", "log_set_aside", ["received_ms"])
    op.add_column("log_entry", sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("uq_log_entry_stream_first", table_name="log_entry")
    _index("uq_log_entry_stream_first", ["stream", "first"], "stream IS NOT NULL AND NOT released", unique=True)
    _index("ix_log_entry_released", ["stream"], "released")


def downgrade() -> None:
    op.drop_index("ix_log_entry_released", table_name="log_entry")
    op.drop_index("uq_log_entry_stream_first", table_name="log_entry")
    _index("uq_log_entry_stream_first", ["stream", "first"], "stream IS NOT NULL", unique=True)
    op.drop_column("log_entry", "released")
    op.drop_index("ix_log_set_aside_received_ms", table_name="log_set_aside")
    for name in ("answer", "answered_by", "answered_ms", "released_by", "released_ms"):
        op.drop_column("log_set_aside", name)
    op.drop_table("log_set_aside_reading")
