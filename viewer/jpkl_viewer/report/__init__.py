"""Reports: viewers in one HTML file that needs no Python."""
