"""Filmstrip and montage."""
