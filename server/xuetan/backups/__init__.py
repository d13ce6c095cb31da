"""Backups of an installation and their way back: made while it serves, verified by restoring them, put back as another history."""
