"""Let hubs let files go that their root has taken.

Revision 0015, after 0014. What was taken before counts from the hub's birth on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("relay_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE relay_file SET since_ms = 0 WHERE state <> 'waiting'")


def downgrade() -> None:
    with op.batch_alter_table("relay_file", schema=None) as batch_op:
        batch_op.drop_column("since_ms")
