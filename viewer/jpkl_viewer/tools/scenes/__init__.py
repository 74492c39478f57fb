"""Beside the name of an image file that holds several images: which of them is shown."""
