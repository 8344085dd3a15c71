"""The risks of a project: likelihood times impact, what is done about them, what remains and who accepted it."""
