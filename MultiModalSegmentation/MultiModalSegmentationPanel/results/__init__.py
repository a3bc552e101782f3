"""What was segmented, in words, tables and charts."""
