"""Statistics, and what growing answers."""
