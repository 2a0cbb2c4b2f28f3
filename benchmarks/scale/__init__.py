"""Speed and size of recall with vectors, from ten thousand messages to a million."""
