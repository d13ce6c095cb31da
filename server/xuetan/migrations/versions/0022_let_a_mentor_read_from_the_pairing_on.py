"""Let a mentor read a teacher's scope from the pairing on.

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("log_follow", schema=None) as batch_op:
        batch_op.add_column(sa.Column("floor", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("floor_ms", sa.BigInteger(), server_default="0", nullable=False))
    with op.batch_alter_table("mentoring_pair", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reads_all", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("started_position", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("mentoring_pair", schema=None) as batch_op:
        batch_op.drop_column("started_position")
        batch_op.drop_column("reads_all")
    with op.batch_alter_table("log_follow", schema=None) as batch_op:
        batch_op.drop_column("floor_ms")
        batch_op.drop_column("floor")
