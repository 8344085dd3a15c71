"""The tables of practices, as the nine steps in full need them."""

revision = "010"
down_revision = "009"


def upgrade() -> None:
    """Make the tables and columns."""


def downgrade() -> None:
    """Take them away."""
