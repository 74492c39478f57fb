"""A Sphinx project with a report in it."""

project = "Cells"
# Reports are copied as they are.
html_extra_path = ["reports"]
