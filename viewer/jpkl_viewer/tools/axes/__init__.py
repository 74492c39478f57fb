"""Axes of an image file that does not say what they are."""
