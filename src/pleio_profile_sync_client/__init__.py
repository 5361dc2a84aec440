"""Make a Pleio subsite match the people in an organisation's own identity store."""

__version__ = "1.0.0"
