"""The commands of the sandbox: reconcile, trial runs, mappings, plans; none needs a database."""
