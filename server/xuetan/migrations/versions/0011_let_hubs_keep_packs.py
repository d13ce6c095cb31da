"""Let hubs keep packs: the root's list of publishers lies beside what else a hub heard of it.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("relay_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keyring", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("relay_state", schema=None) as batch_op:
        batch_op.drop_column("keyring")
