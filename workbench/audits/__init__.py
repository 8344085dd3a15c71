"""Audits after ISO 19011: the programme of the year, each audit from plan to follow-up."""
