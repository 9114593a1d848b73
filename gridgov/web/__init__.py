"""The HTTP and socket edge."""
