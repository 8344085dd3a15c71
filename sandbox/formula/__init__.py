"""The formula language of mappings: parsed to a tree, type-checked, then compiled to SQL or evaluated in Python."""
