"""Pages of a server: a stack, or the stacks of a folder."""
