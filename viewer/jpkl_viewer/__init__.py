"""The JPkl viewer."""
