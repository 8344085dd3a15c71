"""The tests; see CONTRIBUTING.md for where each kind lies."""
