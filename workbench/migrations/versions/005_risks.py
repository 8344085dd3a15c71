"""The tables of risks, as the nine steps in full need them."""

revision = "005"
down_revision = "004"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
