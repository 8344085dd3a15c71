"""What happens to reports: they are built, named and scheduled, shared with guests, exported and taken in again."""

from workbench.reports.actions.building import build_bundle as build_bundle
from workbench.reports.actions.building import build_report as build_report
from workbench.reports.actions.building import first_page as first_page
from workbench.reports.actions.building import order as order
from workbench.reports.actions.building import read_built as read_built
from workbench.reports.actions.letterhead import change_letterhead as change_letterhead
from workbench.reports.actions.letterhead import set_word_template as set_word_template
from workbench.reports.actions.named import change_named as change_named
from workbench.reports.actions.named import name_report as name_report
from workbench.reports.actions.named import order_due as order_due
from workbench.reports.actions.named import order_named as order_named
from workbench.reports.actions.named import put_back_named as put_back_named
from workbench.reports.actions.named import withdraw_named as withdraw_named
from workbench.reports.actions.sharing import note_opening as note_opening
from workbench.reports.actions.sharing import revoke_sharing as revoke_sharing
from workbench.reports.actions.sharing import share as share
