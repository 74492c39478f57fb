"""Stacks of originals, whose frames are encoded as they are asked for, and the cache of what was encoded."""
