"""Steps 7 and 8: work instructions, familiarisation and announcements."""
