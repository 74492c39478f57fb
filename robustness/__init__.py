"""Attacks on JPkl that take longer than tests may: random input, killed writers, damaged and huge files."""
