"""How a frame becomes bytes and back.

Each codec is a module of this package, with a class that registers itself; no list has to be kept. Other
packages offer theirs by an entry point of the group ``jpkl.codecs``, or by `register_codec`.
"""
