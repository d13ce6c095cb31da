"""Every address of the server stands in the inventory, with who may call it and tests that hold it."""

from __future__ import annotations

from importlib import import_module

from tests.security.estate import Estate
from tests.security.inventory import TABLE
from tests.security.routes import routes_of


def test_every_address_of_the_server_says_who_may_call_it(estate: Estate) -> None:
    missing = routes_of(estate.client.app) - TABLE.keys()
    assert not missing, f"add these to tests/security/inventory.py, with who may call them: {sorted(missing)}"


def test_the_inventory_names_only_addresses_that_exist(estate: Estate) -> None:
    gone = TABLE.keys() - routes_of(estate.client.app)
    assert not gone, f"these are no addresses any more: {sorted(gone)}"


def test_every_row_names_tests_that_exist() -> None:
    for route, access in TABLE.items():
        assert access.proofs, f"nothing holds {route}"
        for proof in access.proofs:
            module, _, name = proof.partition(":")
            assert callable(getattr(import_module(module), name, None)), f"{route}: there is no test {proof}"
