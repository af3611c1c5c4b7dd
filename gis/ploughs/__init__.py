"""From the positions of ploughs to passages over roads, coverage, promises kept, and what the public may see of it."""
