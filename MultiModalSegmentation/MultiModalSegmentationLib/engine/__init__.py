"""From channels and seeds to a region."""
