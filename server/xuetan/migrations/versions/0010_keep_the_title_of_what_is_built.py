"""Keep the title of what is built, so that its page can be named by it.

Revision 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pack_build", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("pack_build", schema=None) as batch_op:
        batch_op.drop_column("title")
