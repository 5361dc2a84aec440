"""The subsite's profile sync API: transport and retries, payloads (the only place with wire names), client."""
