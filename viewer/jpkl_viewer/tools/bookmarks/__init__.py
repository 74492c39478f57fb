"""Bookmarks: named views of a stack, kept in a small JSON beside its file."""
