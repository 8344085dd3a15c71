"""The audit trail: append-only entries in one verifiable log."""
