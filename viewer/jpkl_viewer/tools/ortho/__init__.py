"""Orthogonal views and kymographs."""
