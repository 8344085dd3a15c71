"""What the sandbox says about plans: choosing, checking against live, deciding conflicts."""

from __future__ import annotations

from workbench.trials.forms.sayings.marking import N_

SAYINGS = (
    N_("a row that comes from an edited value never enters a plan: no tool holds that value"),
    N_(
        "row %(number)s, %(name)s %(name2)s: original %(shown)s, trial %(shown2)s, live now %(shown3)s: say trial, "
        "live or a new value"
    ),
    N_("the plan changes %(missing)s; name the file of this live table as it is now"),
    N_("the check is of another plan; check this plan again"),
    N_("row %(number)s, field %(field)s"),
    N_("there is no conflict to decide"),
    N_("say %(allowed)s for the whole row"),
    N_("%(shown)s stands twice, in rows %(now)s and %(line)s; a key stands for one row"),
    N_("a JSON object was expected"),
    N_("not a plan: a JSON object was expected; the file that `plan make` wrote was expected"),
    N_("not a plan: %(message)s; the file that `plan make` wrote was expected"),
    N_("%(table)s is not among the targets"),
    N_("the key must have a value for each of %(key)s"),
    N_("fields must be of %(compare)s"),
    N_("fields must be of no columns"),
    N_("an update without a field"),
    N_(
        "its content is not what its hash %(sha256)s stands for; it was altered after it was made. Make the plan "
        "again."
    ),
    N_("and %(faults)s more"),
    N_("a table stands twice under targets"),
    N_("has %(rows)s rows; a plan holds %(most_rows)s at most"),
    N_("number %(expected)s was expected"),
    N_("the row stands under number %(seen)s already"),
    N_("control must name each table of targets"),
    N_("is not a JSON file in UTF-8"),
    N_('column "%(untyped)s" has no type under types'),
    N_("row %(number)s"),
    N_("a fake row never enters a plan"),
    N_("a masked row never enters a plan: its true values are not known here"),
    N_("a flagged row enters only when it is chosen one by one with a decision: withdraw or keep"),
    N_(
        "rows were refused, edited or left out, and for that alone it may look new or gone: choose it by its kind (kind=withdraw, "
        "kind=create) or one by one"
    ),
    N_("a refused row never enters a plan; its check says why"),
    N_("no changed row of this run has this key"),
    N_("rows are chosen by filter or one by one, not both"),
    N_("a row is named by %(key)s; %(key2)s was given"),
    N_("a plan holds %(most_rows)s rows at most; choose fewer with a filter"),
    N_("the plan cannot be rehearsed on these tables:"),
    N_("%(table)s %(key)s: the decision %(decision)s is neither withdraw nor keep"),
    N_("%(table)s is not a target of this run"),
    N_('no target of this run has a field "%(name)s"'),
    N_("kind=%(value)s: create, update or withdraw was expected"),
    N_("%(name)s is already as planned"),
    N_("%(table)s is no name of a table, or a column has none"),
    N_("no type of column %(missing)s"),
    N_("no file %(name)s"),
    N_("%(name)s cannot be read (%(strerror)s); the folder that `trial run --out` wrote was expected"),
    N_("run.json is not JSON in UTF-8"),
    N_("run.json is not what a run writes (%(error)s)"),
    N_("%(written)s is not a type: text, int, decimal(2), date or bool was expected"),
    N_("a whole number such as 12 was expected"),
    N_("a number with a point and at most %(scale)s places was expected"),
    N_("true or false was expected"),
    N_("a date such as 2026-01-31 was expected"),
)
