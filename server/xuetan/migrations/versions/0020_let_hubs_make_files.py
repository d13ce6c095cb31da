"""Let hubs make files for their root.

Revision 0020, after 0019. A hub of before has the root's key for files once it has heard the root again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("relay_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("files_key", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("relay_state", schema=None) as batch_op:
        batch_op.drop_column("files_key")
