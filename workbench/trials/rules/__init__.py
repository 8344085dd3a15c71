"""Words and pure predicates of step 5, a module for each part of the sandbox."""

from workbench.trials.rules.reconciliations import LONGEST_KEY as LONGEST_KEY
from workbench.trials.rules.reconciliations import REQUIRED_ROLES as REQUIRED_ROLES
from workbench.trials.rules.reconciliations import ROLES as ROLES
from workbench.trials.rules.reconciliations import SETTINGS as SETTINGS
from workbench.trials.rules.reconciliations import UNEXPLAINED as UNEXPLAINED
from workbench.trials.rules.reconciliations import Decision as Decision
from workbench.trials.rules.reconciliations import Kind as Kind
from workbench.trials.rules.reconciliations import Unexplained as Unexplained
from workbench.trials.rules.reconciliations import Verdict as Verdict
from workbench.trials.rules.reconciliations import canonical as canonical
from workbench.trials.rules.reconciliations import client_key as client_key
from workbench.trials.rules.reconciliations import digest as digest
from workbench.trials.rules.reconciliations import file_name as file_name
from workbench.trials.rules.reconciliations import is_live_unchanged as is_live_unchanged
from workbench.trials.rules.reconciliations import refused_key as refused_key
from workbench.trials.rules.reconciliations import row_key as row_key
from workbench.trials.rules.reconciliations import service_key as service_key
from workbench.trials.rules.reconciliations import unexplained as unexplained
