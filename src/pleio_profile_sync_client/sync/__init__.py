"""The run from beginning to end, and looking without a run: what brings all the other packages together."""
