"""Pages over many subjects."""
