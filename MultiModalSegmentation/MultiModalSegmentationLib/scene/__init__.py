"""MRML to arrays and back."""
