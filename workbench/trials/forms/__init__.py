"""What may be typed in the sandbox, and the words for it, a module for each part."""

from workbench.trials.forms.reconciliations import DECISIONS as DECISIONS
from workbench.trials.forms.reconciliations import KINDS as KINDS
from workbench.trials.forms.reconciliations import ROLES as ROLES
from workbench.trials.forms.reconciliations import SAID as SAID
from workbench.trials.forms.reconciliations import SAID_OF as SAID_OF
from workbench.trials.forms.reconciliations import SHOW as SHOW
from workbench.trials.forms.reconciliations import VERDICTS as VERDICTS
from workbench.trials.forms.reconciliations import Dispose as Dispose
from workbench.trials.forms.reconciliations import JudgeHypothesis as JudgeHypothesis
from workbench.trials.forms.reconciliations import NoteWeakness as NoteWeakness
from workbench.trials.forms.reconciliations import StartRun as StartRun
from workbench.trials.forms.reconciliations import month as month
from workbench.trials.forms.reconciliations import run_choices as run_choices
from workbench.trials.forms.reconciliations import said as said
