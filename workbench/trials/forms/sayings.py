"""What the sandbox says about runs of mappings, in the person's language. It speaks English; the rest stays as it is."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l

from workbench.trials.rules.runs import NOTHING_WRITTEN

_SOURCE = r"source (?P<source>[a-z0-9_]+): "
SAID = {
    NOTHING_WRITTEN: _l("Nothing was written. Change this source in the mapping, or choose another input, and start again."),
}
SAID_OF = {
    re.compile(pattern, re.DOTALL): words
    for pattern, words in {
        _SOURCE + r'column "(?P<column>.*)" is missing; the nearest is "(?P<near>.*)"': _l(
            "source %(source)s: column “%(column)s” is missing; the nearest is “%(near)s”"
        ),
        _SOURCE + r'column "(?P<column>.*)" is missing': _l("source %(source)s: column “%(column)s” is missing"),
        _SOURCE + r'column "(?P<column>.*)" is new; name it in the fields, or set the contract to allow or discard': _l(
            "source %(source)s: column “%(column)s” is new; name it in the fields, or set the contract to allow or discard"
        ),
        _SOURCE + r"its snapshot is no longer kept; choose another": _l(
            "source %(source)s: its snapshot is no longer kept; choose another"
        ),
        r"the rows of run (?P<run>[0-9a-f]+) are no longer kept; run it again": _l(
            "The rows of this run are no longer kept. Run it again to see them."
        ),
        r"(?P<table>[a-z0-9_]+) has no row with (?P<key>.*)": _l("%(table)s has no row with %(key)s"),
        r"target (?P<table>\S+): rows were refused on the way to it; of the (?P<count>[0-9]+) to withdraw some .*": _l(
            "%(table)s: rows were refused on the way to it; of the %(count)s rows to withdraw, some may be missing for that alone"
        ),
        r"target (?P<table>\S+): live rows could not be read; of the (?P<count>[0-9]+) to create some .*": _l(
            "%(table)s: live rows could not be read; of the %(count)s rows to create, some may stand there already"
        ),
        r"the check (?P<check>[a-z0-9-]+) is not held": _l("the check %(check)s is not held"),
        r"(?P<value>'.*'|\".*\") is not a whole number; expected digits only, such as 12 or -3": _l(
            "%(value)s is not a whole number; expected digits only, such as 12 or -3"
        ),
        r"(?P<value>'.*'|\".*\") is not a decimal.*": _l("%(value)s is not a decimal number as agreed"),
        r"(?P<value>'.*'|\".*\") is not a date written (?P<pattern>\S+) .*": _l(
            "%(value)s is not a date written %(pattern)s"
        ),
        r"division by zero: (?P<what>.*)": _l("division by zero: %(what)s"),
        r"(?P<column>\S+) holds nothing": _l("%(column)s holds nothing"),
        r"the parameter (?P<name>\S+) \((?P<kind>.*)\) has no value": _l("the parameter %(name)s (%(kind)s) has no value"),
        r'source (?P<reading>[^:]+): column "(?P<column>[^"]*)" is missing; the nearest is "(?P<near>[^"]*)"': _l(
            "%(reading)s: column “%(column)s” is missing; the nearest is “%(near)s”"
        ),
        r"(?P<place>\S+) is not approved; an administrator approves .*": _l(
            "%(place)s is not approved; an administrator approves it on the page Connectors"
        ),
    }.items()
}
