"""What the client remembers between runs: one SQLite file for a subsite, and the lock that keeps a second run out."""
