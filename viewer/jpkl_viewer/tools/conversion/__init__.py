"""An original is encoded in the background while it is looked at, and the page says how far that is."""
