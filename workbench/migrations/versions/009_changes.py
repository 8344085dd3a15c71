"""The tables of changes, as the nine steps in full need them."""

revision = "009"
down_revision = "008"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
