"""Apply and the live preview."""
