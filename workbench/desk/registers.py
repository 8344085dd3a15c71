"""The overview that takes two subjects: the limitations of tools, with the paths of step 4 that each of them killed."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import lazy_gettext as _l

from workbench.desk.queries import limitations
from workbench.registers.rules import Column
from workbench.tools.registers import ALL_LIMITATIONS as OF_TOOLS

ALL_LIMITATIONS = replace(
    OF_TOOLS, rows=limitations, columns=(*OF_TOOLS.columns, Column("killed", _l("Paths it killed")))
)
OVERVIEWS = (ALL_LIMITATIONS,)
