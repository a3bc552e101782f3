"""Volumes, points and what belongs to them."""
