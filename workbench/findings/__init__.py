"""Findings: nonconformities and opportunities raised against a criterion."""
