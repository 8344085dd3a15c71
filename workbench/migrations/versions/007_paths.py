"""The tables of paths, as the nine steps in full need them."""

revision = "007"
down_revision = "006"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
