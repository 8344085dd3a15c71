"""Flask plumbing without a subject."""
