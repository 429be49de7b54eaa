"""This capture and others side by side on one sandbox: ``python -m benchmarks.peers``."""
