"""Everything that the administrator chose: options, environment and configuration file become one frozen `Settings`.

One table, `options`, says of each option all there is to say. Nothing is imported here, so that `--help`, which needs
that table alone, is quick.
"""
