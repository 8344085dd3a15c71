"""Reports and the evidence bundle: what leaves the house for an auditor."""
