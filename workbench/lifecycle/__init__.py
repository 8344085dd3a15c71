"""The nine steps and their gates."""
