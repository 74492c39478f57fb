"""The tools of the viewer, a folder each: what Python computes and what the browser shows of it."""
