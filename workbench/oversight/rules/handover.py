"""Handing work over: why a thing stays where it is."""

from __future__ import annotations

from enum import StrEnum


class Stays(StrEnum):
    """Why a thing was not handed over."""

    GONE = "gone"  # not held any more
    NOBODY = "nobody"  # no receiver was chosen
    SAME = "same"
    CLOSED = "closed"  # the receiver cannot sign in
    NO_RIGHT = "no_right"
    NOT_IN_TEAM = "not_in_team"
    ADMIN = "admin"
    OWN_RIGHTS = "own_rights"
    AUTHOR = "author"
    ASKED = "asked"
    OWN_WORK = "own_work"
    IN_TEAM = "in_team"  # of the audit
    RESERVED = "reserved"
    AUDITS_IT = "audits_it"
