"""What the sandbox says about the functions of formulas, as the editor's reference explains them."""

from __future__ import annotations

from workbench.trials.forms.sayings.marking import N_

SAYINGS = (
    N_("The value where the condition is true, else (also where it is nothing) the other."),
    N_(
        "A whole number from a text of digits, with a - before it where it is negative, or from a decimal that is "
        "whole. A text such as 1.5, 1e3 or 1 234 fails."
    ),
    N_(
        "An exact decimal from a text, a whole number or another decimal; four places unless they are given. The "
        "mark is '.' unless given. Thousands may be set apart by a space; more places than it holds fail."
    ),
    N_(
        "A date from a text written as the pattern says, with four digits for the year; MM and DD take two digits, M "
        "and D one or two. Without a pattern: %(iso)s."
    ),
    N_("True from true, yes, oui, vrai or 1; false from false, no, non, faux or 0; small or capital letters."),
    N_("Any value as a text: dates as 2026-01-31, decimals with all their places."),
    N_("The text without spaces of any kind at its two ends."),
    N_("The text trimmed, and every run of spaces, tabs and line ends within it made one space."),
    N_("The text in capital letters, letter by letter: ß becomes ẞ."),
    N_("The text in small letters, letter by letter."),
    N_("The text with every occurrence of one text replaced by another; '' takes it out."),
    N_("The characters from the start, counted from 1, as many as the length says."),
    N_("One part of a text cut at a mark, counted from 1; nothing where there is no such part."),
    N_("The texts one after the other; those that are nothing are left out."),
    N_("Whether the text begins with the part."),
    N_("Whether the text ends with the part."),
    N_("Whether the part stands anywhere in the text."),
    N_("The number with so many places, half away from zero; without places a whole number."),
    N_("The number without its sign."),
    N_("How many days from the first date to the second; negative where the second is earlier."),
    N_("How many months the calendar turned from the first date to the second; days do not count."),
    N_("The year of a date."),
    N_("The month of a date, 1 to 12."),
    N_("The day of the month, 1 to 31."),
    N_("The first day of the month of a date."),
    N_("The last day of the month of a date."),
    N_("The first of the values that is not nothing."),
    N_("The smallest value; those that are nothing are left out."),
    N_("The largest value; those that are nothing are left out."),
    N_("Sum; a decimal has as many places as the longer of the two."),
    N_("Difference; before a single value its negative."),
    N_("Product; the places of both added, nine at most, rounded half away from zero."),
    N_("Quotient, a decimal of at least four places, rounded half away from zero. Division by zero fails."),
    N_("True where both are; b is not computed where a is false."),
    N_("True where one is; b is not computed where a is true."),
    N_("True where a is false; nothing where a is nothing."),
    N_("True where a is at least low and at most high; also `not between`."),
    N_("True where a equals one of the values; also `not in`."),
    N_("Whether there is no value; also `is not nothing`. Never nothing itself."),
    N_("The value of the first condition that is true; nothing where none is and there is no else."),
    N_("Whether a is equal to b; nothing where one of them is nothing."),
    N_("Whether a is other than b; nothing where one of them is nothing."),
    N_("Whether a is less than b; nothing where one of them is nothing."),
    N_("Whether a is at most b; nothing where one of them is nothing."),
    N_("Whether a is greater than b; nothing where one of them is nothing."),
    N_("Whether a is at least b; nothing where one of them is nothing."),
)
