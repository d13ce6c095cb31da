"""Give devices a key for files.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account_device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("file_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("account_device", schema=None) as batch_op:
        batch_op.drop_column("file_key")
