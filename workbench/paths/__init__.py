"""Step 4: ways forward and the choice among them."""
