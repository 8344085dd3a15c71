"""Step 6: the request for change, its authorisation and its review."""
