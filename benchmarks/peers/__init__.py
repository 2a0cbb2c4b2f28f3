"""The same questions through other memories, each in an environment of its own: `python -m benchmarks.peers`."""
