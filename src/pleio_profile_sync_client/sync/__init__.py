"""The run from beginning to end, and looking without a run: what brings all the other packages together."""

from pleio_profile_sync_client.sync.inspection import explain, export
from pleio_profile_sync_client.sync.run import run_sync

__all__ = ["explain", "export", "run_sync"]
