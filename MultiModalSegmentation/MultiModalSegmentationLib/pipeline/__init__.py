"""The one way from channels, points and parameters to a region and what explains it."""
