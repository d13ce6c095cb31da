"""Keep what is known of each stream of a phone, up to where it has read, and what was emitted again.

Revision 0018, after 0017.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KEPT = "person_id, device_id, stream, head, seen_ms, app, clock_offset_ms, missing_since_ms"


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("app", sa.String(), server_default="", nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("missing_since_ms", sa.BigInteger(), nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "log_again",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "stream", "seq"),
        sqlite_with_rowid=False,
    )
    op.rename_table("log_contact", "log_contact_before")
    # PostgreSQL keeps the name of the key for the table of before.
    op.create_table(
        "log_contact",
        *_columns(),
        sa.Column("since_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cursors", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "device_id", "stream", name="pk_log_contact_stream"),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO log_contact ({_KEPT}, since_ms) SELECT {_KEPT}, seen_ms FROM log_contact_before")  # noqa: S608
    op.drop_table("log_contact_before")


def downgrade() -> None:
    op.rename_table("log_contact", "log_contact_before")
    op.create_table(
        "log_contact",
        *_columns(),
        sa.PrimaryKeyConstraint("person_id", "device_id", name="pk_log_contact"),
        sqlite_with_rowid=False,
    )
    # Of each device what was heard last.
    op.execute(
        f"""INSERT INTO log_contact ({_KEPT}) SELECT {_KEPT} FROM log_contact_before c
        WHERE NOT EXISTS (SELECT 1 FROM log_contact_before n WHERE n.person_id = c.person_id
        AND n.device_id = c.device_id AND (n.seen_ms > c.seen_ms OR n.seen_ms = c.seen_ms AND n.stream < c.stream))"""  # noqa: S608
    )
    op.drop_table("log_contact_before")
    op.drop_table("log_again")
