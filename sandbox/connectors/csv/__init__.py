"""Delimited text: what nearly every tool can export."""
