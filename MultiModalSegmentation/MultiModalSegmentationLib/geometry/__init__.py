"""Where voxels and points are."""
