"""The tables of trials, as the nine steps in full need them."""

revision = "008"
down_revision = "007"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
