"""The formats packs come in and go out in: pack.toml, workbooks, libraries of CISO Assistant, OSCAL."""
