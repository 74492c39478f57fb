"""What a stack says of itself, and what is set by hand."""
