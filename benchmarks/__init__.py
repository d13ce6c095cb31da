"""Measurements that print numbers beside the figures to reach. None of them is a test."""
