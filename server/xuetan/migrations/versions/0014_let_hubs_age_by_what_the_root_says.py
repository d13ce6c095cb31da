"""Let hubs age by what passes at their root: what is kept for a year is counted by no clock of theirs.

Revision 0014, after 0013. What was given by the wall clock counts from the hub's birth on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("relay_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("root_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("age_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE relay_transfer SET given_ms = 0 WHERE given_ms IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("relay_state", schema=None) as batch_op:
        batch_op.drop_column("age_ms")
        batch_op.drop_column("root_ms")
