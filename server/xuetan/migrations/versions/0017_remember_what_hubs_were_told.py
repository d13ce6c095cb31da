"""Remember what each hub was told of its reach.

Revision 0017, after 0016. A hub of before is told its reach once more, from the beginning.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hub_reach",
        sa.Column("hub_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["hub_id"], ["hub_hub.id"], name=op.f("fk_hub_reach_hub_id_hub_hub")),
        sa.PrimaryKeyConstraint("hub_id", "tag", name=op.f("pk_hub_reach")),
    )


def downgrade() -> None:
    op.drop_table("hub_reach")
