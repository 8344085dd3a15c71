"""What can be done in the sandbox, a module for each part."""

from workbench.trials.actions.reconciliations import dispose as dispose
from workbench.trials.actions.reconciliations import dispose_all as dispose_all
from workbench.trials.actions.reconciliations import do_run as do_run
from workbench.trials.actions.reconciliations import judge_hypothesis as judge_hypothesis
from workbench.trials.actions.reconciliations import run_trial as run_trial
from workbench.trials.actions.reconciliations import start_run as start_run
