"""Tell more of each contact: the app's version, what the clock is off by, and since when something is missing.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("log_contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("app", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("missing_since_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("log_contact", schema=None) as batch_op:
        batch_op.drop_column("missing_since_ms")
        batch_op.drop_column("clock_offset_ms")
        batch_op.drop_column("app")
