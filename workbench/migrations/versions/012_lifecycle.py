"""The tables of lifecycle, as the nine steps in full need them."""

revision = "012"
down_revision = "011"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
