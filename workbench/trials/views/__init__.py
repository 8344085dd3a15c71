"""The pages of the sandbox: one blueprint, a module for each part."""

from workbench.trials.views import reconciliations as reconciliations  # each module adds its pages to the blueprint
from workbench.trials.views.blueprint import pages as pages
