"""What changes or describes the outline of a grown region."""
