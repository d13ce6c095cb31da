"""The face of hubs at the root: staff make, list and revoke them."""

from xuetan.hubs.registry import (
    HubView,
    MadeHub,
    enrol_hub,
    is_hub,
    list_hubs,
    list_valid_hubs,
    make_hub,
    revoke_hub,
    tell_of_revoked,
)

__all__ = [
    "HubView",
    "MadeHub",
    "enrol_hub",
    "is_hub",
    "list_hubs",
    "list_valid_hubs",
    "make_hub",
    "revoke_hub",
    "tell_of_revoked",
]
