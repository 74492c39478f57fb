"""The stand-alone page: the viewer in one HTML file, which opens stacks by itself."""
