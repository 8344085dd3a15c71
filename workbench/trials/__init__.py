"""Step 5, experiment: the web and command-line face of the sandbox."""
