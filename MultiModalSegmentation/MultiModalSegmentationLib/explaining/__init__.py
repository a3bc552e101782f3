"""What a user should know about a region."""
