"""Figures that a person read off a screen, each with its screenshot."""
