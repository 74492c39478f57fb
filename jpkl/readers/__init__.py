"""Input formats, one small module each, imported lazily."""
