"""All tests, one package, so that shared test code is imported by its full name (`tests.unit.core.builders`).

Pytest (`--import-mode=importlib`) and mypy both find it so, wherever they are started, and two files may share a name.
"""
