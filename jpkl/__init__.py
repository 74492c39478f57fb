"""JPkl."""
