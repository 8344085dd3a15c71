"""Steps 1 to 3: needs, objectives, sources and consultations."""
