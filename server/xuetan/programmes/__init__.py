"""Programmes and their classes: who is enrolled, what they are given to study."""
