"""What a segment was made with."""
