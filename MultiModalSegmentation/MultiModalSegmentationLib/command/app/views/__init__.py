"""Slicer's views as areas of a page: rendering, interaction, placing points."""
