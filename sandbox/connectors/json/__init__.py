"""JSON and JSON Lines, as interfaces and logs write them."""
