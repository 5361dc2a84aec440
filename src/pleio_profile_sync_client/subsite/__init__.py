"""The subsite's API over urllib3: transport, repeats, payloads (the only place with wire names), client."""
