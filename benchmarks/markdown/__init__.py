"""What Markdown exporters write of one workspace, side by side: ``python -m benchmarks.markdown``."""
