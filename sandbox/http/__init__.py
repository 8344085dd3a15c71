"""The one part that speaks HTTP: approved hosts, checked addresses, GET and HEAD alone."""
