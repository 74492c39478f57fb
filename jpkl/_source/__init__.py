"""The images that are encoded: arrays of any library, in any order of axes, read block by block."""
