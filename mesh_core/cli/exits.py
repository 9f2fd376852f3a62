"""What the exit code of every verb means."""

FINE = 0
FINDINGS = 1
"""Something failed or was found wanting, and the command itself worked."""
WRONG = 2
"""Wrong use, or a configuration or descriptor that keeps the command from doing all it was asked."""
INTERRUPTED = 130
"""Ctrl-C, as shells report it."""
READER_LEFT = 141
"""Whoever read our output stopped reading (``mesh list | head -1``), as shells report it."""
