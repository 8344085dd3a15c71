"""The pages of packs: one blueprint, a module for each group of pages."""

from workbench.standards.views import editor as editor  # each module adds its pages to the one blueprint
from workbench.standards.views import exchange as exchange
from workbench.standards.views import lists as lists
from workbench.standards.views import shelf as shelf
from workbench.standards.views.blueprint import pages as pages
