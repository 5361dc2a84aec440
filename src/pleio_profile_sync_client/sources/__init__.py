"""Where people are read from: one file for each kind of source, and the rules that make cells into source users."""
