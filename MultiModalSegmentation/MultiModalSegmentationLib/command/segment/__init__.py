"""``segment``: from image files and seeds to a region."""
