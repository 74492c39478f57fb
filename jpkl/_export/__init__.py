"""Stacks as files of other formats."""
