"""What a run leaves for people and programs to read: one file for each format, each returning a text."""
