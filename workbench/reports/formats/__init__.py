"""What a report is written as besides PDF: Word; and what other tools take in: OSCAL."""
