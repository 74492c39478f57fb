"""Pictures, movies and the Python code of a view."""
