"""The scene that one user works on: volumes, points, regions, files in and out. Nothing of a browser."""
