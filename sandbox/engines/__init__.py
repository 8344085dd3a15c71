"""Where the work is done: in a child process with limits."""
