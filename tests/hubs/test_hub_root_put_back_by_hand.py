"""A root that is put back, to a hub that has no line: its receipts take the hub to the new epoch."""

from __future__ import annotations

from pathlib import Path

from tests.county import County
from tests.hubs.hub_phone import HubPhone, stored_lessons
from tests.hubs.site import Site
from tests.hubs.test_hub_root_put_back import copy_of_root, put_back
from tests.hubs.test_hub_taken_out import bring, hand_in, take_out
from xuetan.event_log import service as event_log
from xuetan.kernel.clock import FixedClock
from xuetan.settings import Settings


def epoch_of(site: Site) -> str:
    return str(site.client.get("/hub/1/about").json()["epoch"])


def bring_and_back(county: County, site: Site) -> tuple[bytes, str]:
    """One trip of a memory card: the receipt, and what the hub's page says of it."""
    (taken,) = bring(county, take_out(site))
    assert taken.receipt is not None
    return taken.receipt, hand_in(site, taken.receipt)


def test_a_hub_with_no_line_learns_by_a_receipt_that_the_root_was_put_back(
    county: County, site: Site, settings: Settings, clock: FixedClock, tmp_path: Path
) -> None:
    teacher, colleague = HubPhone.of(county, "teacher"), HubPhone.of(county, "colleague")
    old = copy_of_root(settings, tmp_path / "old")
    colleague.write("lost")
    colleague.ask(site)
    site.talk()
    site.line.is_cut = True
    teacher.write("first")
    teacher.ask(site)
    clock.advance_ms(1_000)
    before, _words = bring_and_back(county, site)
    first_epoch = epoch_of(site)
    teacher.write("second")
    teacher.ask(site)
    clock.advance_ms(1_000)

    with put_back(county, site, old, clock) as restored:
        site.line.is_cut = True
        epoch = restored.read(event_log.read_epoch)
        _receipt, words = bring_and_back(restored, site)
        # Behind what the root lost it could state nothing of this, and yet the receipt is a word of another history: all waits again.
        assert "0 batches" in words
        assert epoch_of(site) == epoch != first_epoch
        _receipt, words = bring_and_back(restored, site)
        assert "3 batches are at the root" in words
        assert stored_lessons(restored, "teacher") == ["first", "second"]
        assert stored_lessons(restored, "colleague") == ["lost"]
        assert take_out(site) == []
        # The word of the history that the root has left, brought late, takes nothing back.
        assert "0 batches" in hand_in(site, before)
        assert (epoch_of(site), take_out(site)) == (epoch, [])
        # With a line, the mirror is there again, and what was answered stays answered.
        teacher.device.client = restored.client
        teacher.device.sync()
        site.line.is_cut = False
        site.talk()
        teacher.ask(site)
        assert (teacher.device.epoch, teacher.lessons(), teacher.device.waiting) == (epoch, ["first", "second"], 0)
