"""Step 9: whether the new practice became a habit."""
