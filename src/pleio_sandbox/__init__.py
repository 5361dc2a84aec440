"""A local stand-in subsite: imitates the profile sync API with its quirks, and shows a person what became of it.

For tests, demonstrations and rehearsals. It is a package of its own, which shares no code with the client, so that a
mistake in the one does not hide in the other; what it imitates are the observations of a running subsite.
`python -m pleio_sandbox` runs it, `server` starts it inside a test, `store` holds the site, `faults` makes it slow or
failing.
"""
