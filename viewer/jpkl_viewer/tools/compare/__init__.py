"""Stacks beside each other, over each other, and their differences."""
