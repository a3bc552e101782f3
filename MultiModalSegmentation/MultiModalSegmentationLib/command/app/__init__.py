"""``app``: the same tool in a browser, on Slicer's own views."""
