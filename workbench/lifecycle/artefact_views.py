"""Pages of the steps, their documents and the hub of all records."""
