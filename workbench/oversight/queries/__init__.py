"""Named reads of oversight, over every project."""
