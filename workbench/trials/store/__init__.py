"""The files of the sandbox, a module for each part. Knows no database."""

from workbench.trials.store.reconciliations import Computed as Computed
from workbench.trials.store.reconciliations import Recipe as Recipe
from workbench.trials.store.reconciliations import Report as Report
from workbench.trials.store.reconciliations import Settings as Settings
from workbench.trials.store.reconciliations import check_settings as check_settings
from workbench.trials.store.reconciliations import compute as compute
from workbench.trials.store.reconciliations import folder as folder
from workbench.trials.store.reconciliations import keep_upload as keep_upload
from workbench.trials.store.reconciliations import received_rows as received_rows
from workbench.trials.store.reconciliations import uploaded as uploaded
