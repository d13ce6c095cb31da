"""What really happened: every fact that a person saved, and what must become of it. Phones and servers never read this.

Invariant: a fact counts as lost only when the event that took its last copy was the loss of a phone's store or of the
root's.
"""

from dataclasses import dataclass, field


@dataclass
class Fact:
    """`expect`: scope (must be shown there), aside (must be kept, never shown), either (may be both)."""

    author: str
    scope: str
    expect: str


@dataclass
class Truth:
    facts: dict[str, Fact] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    forged: set[str] = field(default_factory=set)
    echoed: set[tuple[str, str]] = field(default_factory=set)
    durable: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def save(self, phone: int, uid: str, fact: Fact) -> None:
        self.facts[uid] = fact
        self.durable.setdefault((phone, fact.author), set()).add(uid)

    def say(self, violation: str) -> None:
        if violation not in self.violations:
            self.violations.append(violation)
