"""The sample head."""
