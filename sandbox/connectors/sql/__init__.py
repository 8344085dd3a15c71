"""Databases: PostgreSQL, MariaDB and SQLite, read in one read-only transaction."""
