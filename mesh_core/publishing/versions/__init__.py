"""What was published before: told, restored, made again, or given as a sample."""
