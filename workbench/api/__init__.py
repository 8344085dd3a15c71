"""REST over the same queries and actions."""
