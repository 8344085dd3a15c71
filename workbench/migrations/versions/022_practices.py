"""Comparisons of offers: currency, range of use, lines of their own, fees for all lines, tiers."""

import sqlalchemy as sa
from alembic import op

revision = "022"
down_revision = "021"


def upgrade() -> None:
    """Make the tables and columns."""
    with op.batch_alter_table("offer_comparison", schema=None) as batch_op:
        batch_op.add_column(sa.Column("currency", sa.String(length=3), nullable=True))
        batch_op.add_column(sa.Column("use_from", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("use_to", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("use_step", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("uses", sa.Text(), nullable=True))

    with op.batch_alter_table("offer_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_fee", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("allowance_per", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("fees", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("tiers", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("offer_line", schema=None) as batch_op:
        batch_op.drop_column("tiers")
        batch_op.drop_column("fees")
        batch_op.drop_column("allowance_per")
        batch_op.drop_column("account_fee")

    with op.batch_alter_table("offer_comparison", schema=None) as batch_op:
        batch_op.drop_column("uses")
        batch_op.drop_column("use_step")
        batch_op.drop_column("use_to")
        batch_op.drop_column("use_from")
        batch_op.drop_column("currency")
