"""The controls of the module's panel, one job a file. Nothing here computes on voxels."""
