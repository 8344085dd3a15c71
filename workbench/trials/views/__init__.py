"""The pages of the sandbox: one blueprint, a module for each part."""

from workbench.trials.views import connectors as connectors
from workbench.trials.views import crosswalks as crosswalks
from workbench.trials.views import drift as drift
from workbench.trials.views import editor as editor
from workbench.trials.views import figures as figures
from workbench.trials.views import knowledge as knowledge
from workbench.trials.views import mappings as mappings
from workbench.trials.views import mirror as mirror
from workbench.trials.views import overlay as overlay
from workbench.trials.views import plans as plans
from workbench.trials.views import pulls as pulls
from workbench.trials.views import received as received
from workbench.trials.views import reconciliations as reconciliations  # each module adds its pages to the blueprint
from workbench.trials.views import runs as runs
from workbench.trials.views.blueprint import pages as pages
