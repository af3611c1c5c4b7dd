"""Reads and checks a site folder (design §5.5): every mistake at once, each with file, line or key, and hint."""
