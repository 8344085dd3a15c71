"""Pages of reports and bundles."""

from workbench.reports.views import building as building
from workbench.reports.views.blueprint import pages as pages
