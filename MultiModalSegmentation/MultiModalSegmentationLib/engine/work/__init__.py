"""Work in short steps, and in threads."""
