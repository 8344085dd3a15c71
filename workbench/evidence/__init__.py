"""Objective evidence: files, hashes, validity."""
