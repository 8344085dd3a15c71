"""Pages of reports and bundles."""

from workbench.reports.views import building as building
from workbench.reports.views import formats as formats
from workbench.reports.views import letterhead as letterhead
from workbench.reports.views import named as named
from workbench.reports.views import sharing as sharing
from workbench.reports.views.blueprint import pages as pages
