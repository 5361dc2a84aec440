"""The log of a run: how it is set up, what its lines look like, what is kept out of them, and its upload.

Its records may carry, as `extra`: `uploaded`, the text that the subsite's log gets instead of the message (None: the
record is not uploaded); `event`, what the record is about; and `details`, the values behind the text, for JSON lines.
"""
