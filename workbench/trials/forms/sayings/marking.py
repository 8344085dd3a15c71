"""How a sentence is marked for the catalogue without being translated on the spot."""

from __future__ import annotations


def N_(text: str) -> str:
    """The sentence as it is; the catalogue's gathering finds it by this name."""
    return text
