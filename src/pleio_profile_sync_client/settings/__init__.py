"""Everything that the administrator chose: options, environment and configuration file become one frozen `Settings`.

One table, `options`, has everything about each option. Nothing is imported here, so that `--help`, which needs only
that table, is quick.
"""
