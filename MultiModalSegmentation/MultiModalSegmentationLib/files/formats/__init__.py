"""One file format each: whether a file is whole, and its voxels and their place as they are."""
