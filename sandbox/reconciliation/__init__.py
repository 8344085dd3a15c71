"""Package versus extra: what contracts hold against what suppliers count, row by row, month by month, with money."""
