"""Rules: pure functions and values. No SQL, no Flask, no clock, no I/O."""
