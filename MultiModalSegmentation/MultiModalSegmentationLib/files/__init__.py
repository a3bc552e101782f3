"""Images, points and tables: in and out."""
