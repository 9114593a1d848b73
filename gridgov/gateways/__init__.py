"""The outside world: photos, keys, messages to people."""
