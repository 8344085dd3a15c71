"""What happens to reports: they are built, named and scheduled, shared with guests, exported and taken in again."""

from workbench.reports.actions.building import build_bundle as build_bundle
from workbench.reports.actions.building import build_report as build_report
from workbench.reports.actions.building import order as order
from workbench.reports.actions.building import read_built as read_built
