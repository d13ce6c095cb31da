"""Mentor and teacher: pairs, and who needs the mentor first."""
