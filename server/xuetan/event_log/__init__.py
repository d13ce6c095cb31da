"""Streams, segments, scopes and their counters; append, replay, project. No HTTP and no domain word."""
