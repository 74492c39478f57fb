"""The part of the viewer that runs in the browser, and the Panel and Bokeh models that carry it."""
