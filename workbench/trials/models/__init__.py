"""The tables of step 5, a module for each part of the sandbox."""

from workbench.trials.models.reconciliations import Disposition as Disposition
from workbench.trials.models.reconciliations import TrialRun as TrialRun
from workbench.trials.models.reconciliations import Weakness as Weakness
