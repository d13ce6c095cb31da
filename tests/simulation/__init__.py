"""Phones without a screen, for tests and benchmarks: they speak the real endpoints and keep what a phone keeps."""
