"""The figures that the client is to reach, measured: `python -m bench`, or one of them by `python -m bench.NAME`."""
