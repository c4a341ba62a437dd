"""Numbers in, numbers and reasons out: pure functions without Django, clock or I/O."""
