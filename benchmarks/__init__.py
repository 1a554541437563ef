"""Benchmarks: medians and ratios, never timed tests."""
