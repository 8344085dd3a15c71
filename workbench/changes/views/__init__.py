"""Pages of step 6: requests for change, the calendar of changes, acceptance."""

from workbench.changes.views.requests import pages

__all__ = ["pages"]
