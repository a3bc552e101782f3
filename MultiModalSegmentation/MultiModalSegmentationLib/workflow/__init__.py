"""What the module does on the scene."""
