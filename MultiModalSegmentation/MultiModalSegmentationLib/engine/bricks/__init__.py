"""The fast machinery: channels, smoothing, distances and floods, brick by brick. Only the engine uses it."""
