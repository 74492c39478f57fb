"""Stacks as files: what is in one, where its frames are, and how it is written and repaired."""
