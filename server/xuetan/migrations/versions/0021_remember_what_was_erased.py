"""Remember what was erased by right, so that nothing brings it back.

Revision 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_erasure",
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("by_person_id", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id"),
    )
    op.create_index("ix_log_erasure_scope", "log_erasure", ["scope"])
    op.create_table(
        "log_erased_event",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", "hash", "person_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_log_erased_event_erasure_id", "log_erased_event", ["erasure_id"])
    op.create_table(
        "log_erased_segment",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("remains", sa.LargeBinary(), nullable=False),
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "hash"),
    )
    op.create_index("ix_log_erased_segment_erasure_id", "log_erased_segment", ["erasure_id"])
    op.create_table(
        "files_erased",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "sha256"),
    )
    op.add_column("relay_segment", sa.Column("gone", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("relay_segment", "gone")
    for table in ("files_erased", "log_erased_segment", "log_erased_event", "log_erasure"):
        op.drop_table(table)
