"""Projections along a dim."""
