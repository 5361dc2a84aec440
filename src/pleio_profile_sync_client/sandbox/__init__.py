"""A local stand-in subsite: imitates the profile sync API with its quirks, and shows a person what became of it.

For tests, demonstrations and rehearsals. It shares no code with the client, so that a mistake in the one does not hide
in the other; what it imitates are the observations of a running subsite. `server` starts it, `store` holds the site,
`faults` makes it slow or failing.
"""
