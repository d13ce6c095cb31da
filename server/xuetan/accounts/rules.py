"""Decisions of accounts: who may give which role to whom, how a code is spelled, what a name folds to.

Owns no state and asks no clock. Invariant: nobody gives a role, or a way in as a person, that reaches beyond their
own place.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network

from xuetan.contracts.limits import SIGN_IN_CODE_CHARACTERS
from xuetan.kernel.text import well_formed

ROLES = ("teacher", "mentor", "trainer", "administrator")
STAFF_ROLES = frozenset({"trainer", "administrator"})
FIELD_ROLES = frozenset({"teacher", "mentor"})
ORGANISATION_KINDS = ("province", "city", "county", "township", "centre", "school")

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
_CODE_READINGS = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True)
class DeviceActor:
    """Who speaks through a phone."""

    person_id: str
    device_id: str
    organisation_id: str


@dataclass(frozen=True)
class StaffActor:
    """Who speaks through the console, with the places where each staff role holds (granted there or above).

    `is_operator` is the one at the machine itself: the command line, which holds the database anyway.
    """

    person_id: str
    organisation_id: str
    name: str
    language: str
    administers: frozenset[str]
    trains: frozenset[str]
    is_operator: bool = False

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(
            role for role, places in (("administrator", self.administers), ("trainer", self.trains)) if places
        )

    @property
    def subtree(self) -> frozenset[str]:
        """Every organisation that this person sees."""
        return self.administers | self.trains

    def sees(self, organisation_id: str) -> bool:
        return self.is_operator or organisation_id in self.administers or organisation_id in self.trains

    def may_administer(self, organisation_id: str) -> bool:
        return self.is_operator or organisation_id in self.administers

    def may_train(self, organisation_id: str) -> bool:
        return self.is_operator or organisation_id in self.trains


OPERATOR = StaffActor("operator", "", "operator", "zh-Hans", frozenset(), frozenset(), is_operator=True)


def may_grant(actor: StaffActor, role: str, organisation_id: str) -> bool:
    """Administrators give any role in their subtree; trainers give the roles of the field in theirs."""
    if role in FIELD_ROLES:
        return actor.sees(organisation_id)
    return role in STAFF_ROLES and actor.may_administer(organisation_id)


def may_open_as(actor: StaffActor, organisation_id: str, grants: Iterable[tuple[str, str]]) -> bool:
    """Who may print a person's sign-in code, set a password, revoke code and devices: whoever could have given each
    of the person's roles (`grants`: role and place). A code lets its holder act as the person, so it must not reach
    beyond the actor.
    """
    return actor.sees(organisation_id) and all(may_grant(actor, role, place) for role, place in grants)


def reaches_further(role: str, above: Iterable[str], home: str, held: Iterable[tuple[str, str]]) -> bool:
    """True when not everybody who may open as a person with the roles `held` (role and place) could have given this
    role too. `above`: the place of the new role and all above it; `home`: the person's organisation.
    """
    places = {place for one, place in held if role in FIELD_ROLES or one in STAFF_ROLES}
    if role in FIELD_ROLES:
        places.add(home)
    return places.isdisjoint(above)


def spell_code(symbols: str) -> str:
    """Ten symbols as they are printed: XXXXX-XXXXX."""
    half = SIGN_IN_CODE_CHARACTERS // 2
    return f"{symbols[:half]}-{symbols[half:]}"


def read_code(typed: str) -> str | None:
    """The ten symbols that somebody typed: any case and width, O for 0, I and L for 1, hyphens and spaces where they
    like.
    """
    folded = unicodedata.normalize("NFKC", typed).upper().translate(_CODE_READINGS)
    symbols = "".join(character for character in folded if character.isalnum())
    if len(symbols) != SIGN_IN_CODE_CHARACTERS or any(symbol not in CODE_ALPHABET for symbol in symbols):
        return None
    return symbols


def fold_name(name: str) -> str:
    """The form in which sign-in names are compared."""
    return unicodedata.normalize("NFKC", well_formed(name)).casefold().strip()


def network_of(address: str) -> str:
    """What counts as one address for rate limits: an IPv6 network of 64 bits is one household."""
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        return address
