"""Persons, roles, permissions and sign-in."""
