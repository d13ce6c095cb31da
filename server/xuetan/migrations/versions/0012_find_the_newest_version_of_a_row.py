"""Find the newest version of a row: whoever reads a long scope from the beginning is given that one alone.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_log_entry_row",
            ["scope", "row_kind", "row_key", "position"],
            unique=False,
            sqlite_where=sa.text("row_kind IS NOT NULL"),
            postgresql_where=sa.text("row_kind IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_log_entry_row",
            sqlite_where=sa.text("row_kind IS NOT NULL"),
            postgresql_where=sa.text("row_kind IS NOT NULL"),
        )
