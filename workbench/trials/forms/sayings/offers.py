"""What the sandbox says about offers and their comparison."""

from __future__ import annotations

from workbench.trials.forms.sayings.marking import N_

SAYINGS = (
    N_("a table of keys"),
    N_("a list of 2 to 20 offers, each under [[offers]]"),
    N_("a text of 1 to 200 characters"),
    N_("a number of lines, 1 or more"),
    N_("a list of 1 to 1000 lines, each under [[lines]]"),
    N_("a use is a number, 0 or more"),
    N_("a step is a number greater than 0"),
    N_("a list of fees"),
    N_("an allowance is a number of units, 0 or more"),
    N_("an allowance is per line or per account"),
    N_("a price is a number, 0 or more"),
    N_("a list of 1 to 50 tiers"),
    N_("unlimited is true or false"),
    N_("an amount is a number, 0 or more"),
    N_("a fee is per line or per account"),
    N_("the end of a tier is a number of units"),
    N_("%(missing)s is missing"),
    N_("%(count)s; %(uses)s lines are named, the count is that or more"),
    N_("%(last)s; it is greater than range.from, %(first)s"),
    N_("%(step)s; it is greater than 0 and makes at most %(most_steps)s steps"),
    N_("none of them"),
    N_("it has %(given)s; an offer has one of overage, tiers and unlimited = true"),
    N_("it has none of them; an offer has one of overage, tiers and unlimited = true"),
    N_("not UTF-8 text"),
    N_('"%(name)s" is the name of offers[%(earlier)s] too'),
    N_("%(currency)s; all offers are compared in %(currency2)s"),
    N_("the last tier has no end"),
    N_("every tier but the last has one"),
    N_("%(up_to)s; it is greater than %(last)s"),
)
