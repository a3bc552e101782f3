"""Random user actions on the panel, seeded and replayable; what must hold after each; recipes repeated elsewhere.

``python -m stress --seed 7 --actions 2000``, run from ``Testing/Python``, prints the seed and, after a failure, what
was done up to there.
"""
