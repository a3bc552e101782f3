"""What the panel and the browser decide alike: controls and their ranges, what is missing, what a result says."""
