"""What can be done in the sandbox, a module for each part."""

from workbench.trials.actions import connectors as connectors
from workbench.trials.actions import crosswalks as crosswalks
from workbench.trials.actions import knowledge as knowledge
from workbench.trials.actions import mappings as mappings
from workbench.trials.actions import mirror as mirror
from workbench.trials.actions import overlay as overlay
from workbench.trials.actions import plans as plans
from workbench.trials.actions import pulls as pulls
from workbench.trials.actions import runs as runs
from workbench.trials.actions.figures import start_by_hand as start_by_hand
from workbench.trials.actions.reconciliations import dispose as dispose
from workbench.trials.actions.reconciliations import dispose_all as dispose_all
from workbench.trials.actions.reconciliations import do_run as do_run
from workbench.trials.actions.reconciliations import judge_hypothesis as judge_hypothesis
from workbench.trials.actions.reconciliations import run_trial as run_trial
from workbench.trials.actions.reconciliations import start_run as start_run
