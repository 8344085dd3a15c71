"""Parquet, as data warehouses write it."""
