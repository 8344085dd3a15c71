"""The registers of steps 1 to 3."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from workbench.inquiry import forms
from workbench.inquiry.models import Need
from workbench.registers.rules import Register

NEEDS = Register(
    key="needs",
    model=Need,
    form=forms.StateNeed,
    prefix="N-",
    title=_l("Needs"),
    one=_l("State a need"),
    purpose=_l("What the people who do the work need, by whom it was said, and how to tell that it is met."),
    columns=("statement", "priority", "source", "acceptance"),
)
REGISTERS = (NEEDS,)
