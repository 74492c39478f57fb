"""Regions of interest: shapes, curves, profiles and tables."""
