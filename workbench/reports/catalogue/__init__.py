"""The reports, one file each; discovered by workbench.reports."""
