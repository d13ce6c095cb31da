"""Choices of a select: value and text. Owns nothing else; screens fill it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    value: str
    text: str
