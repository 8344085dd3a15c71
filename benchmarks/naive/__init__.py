"""The same pages as they are usually written: whole rows, relations loaded where a template asks, everything imported."""
