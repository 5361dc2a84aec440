"""The run from beginning to end, and looking without a run: this brings all the other packages together."""
