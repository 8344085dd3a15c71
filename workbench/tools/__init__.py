"""The tool register."""
