"""Which seeded bugs the worlds were seen to notice, and the first seed that did. An edit that is not here is ready, and was
not measured yet or needs more worlds than were run: docs/simulation.md says which."""

NOTICED = {
    "checkpoint_early": 0,
    "gc_on_send": 0,
    "recut_batches": 2,
    "fork_is_dup": 13,
    "tabs_share_seq": 0,
    "epoch_keeps_acks": 0,
    "epoch_keeps_cursors": 0,
    "old_streams_not_pushed_again": 2,
    "no_fork_check": 3,
    "reject_drift": 0,
    "poison_blocks": 0,
    "no_epoch": 1,
    "another_proves": 2,
}
