"""The mapping specification: its shape, its check against the sources, and the difference between two versions."""
