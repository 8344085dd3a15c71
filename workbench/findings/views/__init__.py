"""The pages of findings: one blueprint, a module for each group of pages."""

from workbench.findings.views import grades as grades  # each module adds its pages to the blueprint
from workbench.findings.views import judging as judging
from workbench.findings.views import lists as lists
from workbench.findings.views import raising as raising
from workbench.findings.views import treating as treating
from workbench.findings.views.blueprint import pages as pages
