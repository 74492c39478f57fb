"""Requests in, pixels or stored JPEG bytes out: caches, jobs and the messages of a browser."""
