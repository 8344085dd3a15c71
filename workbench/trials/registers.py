"""The register of step 5: weaknesses found inside the company."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from workbench.registers.rules import Register
from workbench.trials import forms
from workbench.trials.models import Weakness

WEAKNESSES = Register(
    key="weaknesses",
    model=Weakness,
    form=forms.NoteWeakness,
    prefix="W-",
    title=_l("Weaknesses"),
    one=_l("Note a weakness"),
    purpose=_l("What the trial showed about our own way of working: where, with which consequence, and what becomes of it."),
    columns=("statement", "hub", "consequence", "disposition", "owner_id"),
)
REGISTERS = (WEAKNESSES,)
