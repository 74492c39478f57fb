"""What is known and chosen of a stack, and what is drawn for it: pure, without Panel and without pixels."""
