"""Runs a plan: the order of its changes, the pace of its requests, the outcome of each."""
