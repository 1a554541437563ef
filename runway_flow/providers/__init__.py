"""Adapters that carry actions out: Runway remotely, media tools locally."""
