"""Named reads of step 5, a module for each part of the sandbox."""

from workbench.trials.queries import crosswalks as crosswalks
from workbench.trials.queries import mappings as mappings
from workbench.trials.queries.reconciliations import COLUMNS as COLUMNS
from workbench.trials.queries.reconciliations import FIGURES as FIGURES
from workbench.trials.queries.reconciliations import NEIGHBOURS as NEIGHBOURS
from workbench.trials.queries.reconciliations import Filter as Filter
from workbench.trials.queries.reconciliations import Line as Line
from workbench.trials.queries.reconciliations import RunLine as RunLine
from workbench.trials.queries.reconciliations import RunPage as RunPage
from workbench.trials.queries.reconciliations import choices as choices
from workbench.trials.queries.reconciliations import dispositions as dispositions
from workbench.trials.queries.reconciliations import in_words as in_words
from workbench.trials.queries.reconciliations import latest_run as latest_run
from workbench.trials.queries.reconciliations import live_unchanged as live_unchanged
from workbench.trials.queries.reconciliations import newest_of_each_period as newest_of_each_period
from workbench.trials.queries.reconciliations import next_number as next_number
from workbench.trials.queries.reconciliations import open_rows as open_rows
from workbench.trials.queries.reconciliations import result_of as result_of
from workbench.trials.queries.reconciliations import run as run
from workbench.trials.queries.reconciliations import run_page as run_page
from workbench.trials.queries.reconciliations import runs_of_project as runs_of_project
from workbench.trials.queries.reconciliations import totals_of as totals_of
