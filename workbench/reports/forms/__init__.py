"""What may be typed about reports, and the words for it."""

from workbench.reports.forms.building import Build as Build
