"""What the sandbox says about formulas: what is wrong with one as it is written, and with a row it is used on."""

from __future__ import annotations

from workbench.trials.forms.sayings.marking import N_

SAYINGS = (
    N_("a pattern of YYYY, MM or M, DD or D with - / . , or spaces between, such as '%(iso)s'"),
    N_("a text of at least one character in single quotes"),
    N_("a text in single quotes"),
    N_("the decimal mark, ',' or '.'"),
    N_("a whole number from %(low)s to %(high)s"),
    N_("%(name)s is given %(given)s argument"),
    N_("%(name)s is given %(given)s arguments"),
    N_("a closing %(sign)s"),
    N_("the minimum is larger than %(name)s can hold"),
    N_("the min is larger than %(name)s can hold"),
    N_("the max is larger than %(name)s can hold"),
    N_("nothing"),
    N_("none"),
    N_("this"),
    N_("empty"),
    N_("a space"),
    N_("round(%(part)s) or int(%(part2)s)"),
    N_("%(shown)s is not a date written %(pattern)s with a year from 1000 to 9999"),
    N_("%(shown)s is not a whole number; expected digits only, such as 12 or -3"),
    N_("%(shown)s is out of the range of whole numbers (%(min_int)s to %(max_int)s)"),
    N_("%(shown)s is not a decimal(%(scale)s); expected digits, the decimal mark %(mark)s"),
    N_(
        "%(shown)s is not a decimal(%(scale)s); expected digits, the decimal mark %(mark)s, at most %(scale2)s "
        "digits behind it"
    ),
    N_("%(number)s is out of the range of decimal(%(scale)s), which has %(digits)s digits before the point"),
    N_("the number is out of the range of decimal(%(scale)s)"),
    N_("%(shown)s is neither true nor false; expected one of %(true)s"),
    N_("%(value)s is not whole; round it first"),
    N_("division by zero: %(shown)s / %(shown2)s"),
    N_("%(shown)s is not a day of the calendar"),
    N_("a column of this name, or a text in single quotes"),
    N_("there is no column %(name)s"),
    N_("the formula gives %(type)s, and %(wanted)s is wanted"),
    N_("%(what)s needs %(names)s, and %(part)s is %(type)s"),
    N_("values of one type, %(theirs)s"),
    N_("%(what)s needs values of one type: %(other)s is %(theirs)s and %(part)s is %(kind)s"),
    N_("%(part)s has too many digits"),
    N_("%(name)s is not a word of the formula language"),
    N_("a column, or ( after the function %(name)s"),
    N_("the column %(name)s exists on both sides"),
    N_("none: this mapping has no parameters"),
    N_("there is no parameter :%(name)s"),
    N_("a formula that gives %(wanted)s"),
    N_("%(name)s does not order true and false"),
    N_("there is no function %(name)s"),
    N_("a value written here, not computed"),
    N_("%(part)s is out of the range of whole numbers"),
    N_("%(digits)s digits, at most %(max_scale)s of them behind the point"),
    N_("one of %(columns)s"),
    N_("a value or a parameter"),
    N_("this always fails: %(error)s"),
    N_("nothing is neither equal to a value nor less or more"),
    N_("if takes 3 arguments, and %(parts)s are given"),
    N_("%(name)s takes 2 arguments or more"),
    N_("one of the functions in docs/formats/formula.md"),
    N_("numbers, dates or texts"),
    N_("%(name)s cannot be %(part)s"),
    N_("character %(position)s: %(message)s"),
    N_("expected %(expected)s"),
    N_("nearest is %(nearest)s"),
    N_("comments are not part of a formula; a minus before a negative value is written a - (-b)"),
    N_("comments are not part of a formula"),
    N_("equality is written with one ="),
    N_("at least is written >="),
    N_("at most is written <="),
    N_("powers are not offered"),
    N_(
        "the character %(sign)s (%(lower)s) is not part of the formula language (a column name with other letters "
        "than A to Z goes in double quotes)"
    ),
    N_("the character %(sign)s (%(lower)s) is not part of the formula language"),
    N_(
        "the character U+%(sign)s (%(lower)s) is not part of the formula language (a column name with other letters "
        "than A to Z goes in double quotes)"
    ),
    N_("the character U+%(sign)s (%(lower)s) is not part of the formula language"),
    N_(
        "the character %(sign)s is not part of the formula language (a column name with other letters than A to Z "
        "goes in double quotes)"
    ),
    N_("the character %(sign)s is not part of the formula language"),
    N_(
        "the character U+%(sign)s is not part of the formula language (a column name with other letters than A to Z "
        "goes in double quotes)"
    ),
    N_("the character U+%(sign)s is not part of the formula language"),
    N_("the formula has %(text)s characters; at most %(max_length)s are read"),
    N_("%(two)s cannot stand here: %(not_offered)s"),
    N_('"" names no column'),
    N_("the quoted text has no end"),
    N_("the quoted column name has no end"),
    N_("the : has no name after it"),
    N_("a quoted text holds the control character U+%(sign)s"),
    N_("the name of a column between the quotes"),
    N_("a parameter such as :period"),
    N_("%(text)s is neither a number nor a name"),
    N_("characters that can be seen, tabs or line ends"),
    N_("digits, with a point in decimals, such as 1250 or 12.50"),
    N_("the formula is empty"),
    N_("the end of the formula or an operator"),
    N_("%(shown)s cannot stand here"),
    N_("the formula is nested more than %(max_depth)s deep; compute a part of it in a step before"),
    N_("a column, a value, a function or ("),
    N_("a column, a value or a function"),
    N_("%(opened)s has no %(value)s"),
    N_("the formula ends too early"),
    N_("the formula has more than %(max_nodes)s parts; compute a part of it in a step before"),
    N_("when and a condition"),
    N_("comparisons do not follow one another"),
    N_("in or between"),
    N_("%(value)s before the end of the formula"),
    N_("the name of a column of %(name)s"),
    N_("the name of a column of %(name)s.%(second)s"),
    N_("and, such as a < b and b < c"),
    N_("the list after in is empty"),
    N_("at least one value"),
    N_(
        "the engine spark cannot compute %(name)s exactly, which stands in %(shown)s; run this mapping with the "
        "engine duckdb"
    ),
    N_("a name cannot hold the character U+0000"),
)
