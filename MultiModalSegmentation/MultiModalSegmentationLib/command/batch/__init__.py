"""``batch``: a cohort in one command."""
