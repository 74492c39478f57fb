"""Encoding on the workers of a dask cluster: JPEG bytes travel, pixels do not."""
