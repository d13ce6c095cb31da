"""Keep for whom a device signed, and find who shares a key.

Revision 0019, after 0018. What was kept before does not say it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
TABLES = ("relay_transfer", "log_stranger_transfer")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("sig2", sa.String(), nullable=True))
    with op.batch_alter_table("account_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_device_thumbprint"), ["thumbprint"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("account_device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_device_thumbprint"))
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("sig2")
