"""``demo``: the whole story on a phantom head."""
