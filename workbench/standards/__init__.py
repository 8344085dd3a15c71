"""Packs of one’s own: drafted in the browser, imported from others, published, exported."""
