"""The seeded bugs: each breaks one rule, and the simulation must notice. `seeds` is how many the test may need.

Families: `A.5` the twelve of peers (design evidence); `r` rules that a review added to the first design, each
switched off here as the older
rules had it; `page` what the protocol's page left open until the simulation ran into it; `relay` rules for hubs,
files and restored roots.
"""

from typing import NamedTuple


class Bug(NamedTuple):
    family: str
    breaks: str
    seeds: int = 40


BUGS: dict[str, Bug] = {
    # ---- A.5
    "serial_cursor": Bug("A.5", "one global number, read before slower transactions commit"),
    "checkpoint_early": Bug("A.5", "the cursor is stored before the entries"),
    "gc_on_send": Bug("A.5", "counted as delivered when sent"),
    "hub_ack_is_final": Bug("A.5", "`held` is taken for received"),
    "no_fork_check": Bug("A.5", "(stream, seq) without hash tells what is known"),
    "lww_journal": Bug("A.5", "the newest save by the wall clock wins"),
    "reject_drift": Bug("A.5", "a clock that is ahead is refused"),
    "poison_blocks": Bug("A.5", "one malformed event refuses the request"),
    "no_epoch": Bug("A.5", "a restored root goes on under its old epoch"),
    "seq_on_send": Bug("A.5", "the seq is given when sending"),
    "recut_batches": Bug("A.5", "batches are cut anew and known by place and length"),
    "tabs_share_seq": Bug("A.5", "two tabs give one seq"),
    # ---- rules marked (r) in the design, switched off
    "unbound_stream": Bug("r", "anybody may continue a stream"),
    "save_refused_when_long": Bug("r", "a text over the limit is not saved"),
    "whole_segment_judged": Bug("r", "one bad event sets its whole segment aside"),
    "recut_sealed": Bug("r", "what was sent is sealed anew with what came since"),
    "scope_not_in_hash": Bug("r", "the scope stands outside the hash"),
    "aside_told_once": Bug("r", "set-aside codes only in the first answer, no row in `p:`"),
    "asides_go_down": Bug("r", "set-aside events are not blank on the way down"),
    "rows_last_arrival": Bug("r", "the row that arrived last wins, not the highest position"),
    "release_in_place": Bug("r", "a release fills the old entry"),
    "redact_in_place": Bug("r", "a redaction empties the old entry and adds none"),
    "release_new_identity": Bug("r", "a released event gets a new identity"),
    "ended_pair_forbidden": Bug("r", "after a pair ended, what its mentor wrote is set aside"),
    "hub_changes_epoch": Bug("r", "a hub's answer changes the phone's epoch"),
    "pulls_from_other_epoch": Bug("r", "entries are taken from a hub of another epoch"),
    "origin_without_hash": Bug("r", "an origin is (stream, seq), without the event's hash"),
    "emitted_again_without_origin": Bug("r", "what is emitted again does not say what it repeats"),
    "fork_discards_prefix": Bug("r", "the proven prefix is thrown away after a fork"),
    "old_streams_not_pushed_again": Bug("r", "a new epoch sees only the current stream again"),
    "ack_server_next": Bug("r", "the server's `next` counts, not what the request proved"),
    "server_filters_kinds": Bug("r", "the server leaves out kinds that an old app does not know", 72),
    "on_screen_credential": Bug("r", "a database is synchronised as whoever is on screen"),
    "provisional_moves_cursors": Bug("r", "what a hub holds takes positions"),
    "relay_unsigned": Bug("r", "what a hub brings needs no device's signature"),
    "safety_copy_new_stream": Bug("r", "a safety copy comes in under a stream of its own"),
    "version_of_text_only": Bug("r", "a journal version's name covers only its text"),
    # ---- the page
    "another_proves": Bug("page", "`stream_of_another` counts for `next`"),
    "elide_by_place": Bug("page", "columns are left out by (stream, first), also for set-aside segments", 90),
    "elide_own_streams": Bug("page", "columns of the phone's own stream are never sent"),
    "epoch_keeps_follow": Bug("page", "the follow list outlives its epoch"),
    "epoch_keeps_cursors": Bug("page", "cursors outlive their epoch"),
    "gap_moves_forward": Bug("page", "a `gap` sets what is proven to the server's `next`", 104),
    "late_answer_applied": Bug("page", "an answer counts whatever happened since the question"),
    "older_list_applied": Bug("page", "an older follow list replaces a newer one"),
    "dropped_after_entries": Bug("page", "scopes are dropped by name after the entries were taken"),
    "dropped_scopes_kept": Bug("page", "what was pulled of a dropped scope stays"),
    "follow_numbers_reused": Bug("page", "follow numbers are places in the list"),
    "origin_of_origin": Bug("page", "emitted again twice: the origin names the first repetition"),
    "origin_believed": Bug("page", "the hash in an origin is believed"),
    "origin_without_author": Bug("page", "an origin counts whoever claims it"),
    "seal_ignores_inflated": Bug("page", "a seal looks at compressed bytes only", 67),
    "hash_not_checked": Bug("page", "damaged segments are stored"),
    "forbidden_blocks": Bug("page", "a forbidden segment is refused instead of kept aside"),
    "projector_cursor_apart": Bug("page", "a projector commits its cursor before its effects"),
    # ---- hubs, files, restores
    "safe_is_next": Bug("relay", "`safe` is said of what no backup holds"),
    "safe_unproven": Bug("relay", "`safe` is believed beyond what is proven"),
    "hub_shows_to_all": Bug("relay", "a hub shows what it holds without asking for roles"),
    "provisional_unjudged": Bug("relay", "a hub shows what the root would set aside"),
    "provisional_kept": Bug("relay", "provisional entries outlive the hub's next answer", 122),
    "statement_of_any_epoch": Bug("relay", "any epoch signed by the root is taken, also an old one"),
    "receipt_of_any_epoch": Bug("relay", "a receipt by file counts in any epoch", 71),
    "file_bound_to_epoch": Bug("relay", "a file of another epoch is refused"),
    "relayed_fork_dropped": Bug("relay", "a fork that comes by hub or file is not kept"),
    "relayed_gap_dropped": Bug("relay", "what comes by hub or file behind a gap is not kept"),
    "role_does_not_release": Bug("relay", "roles entered again after a restore take nothing back in"),
    "restore_forgets_erasure": Bug("relay", "a restore brings back what was erased"),
    "erasure_forgets_origins": Bug("relay", "what was erased comes back under a new stream"),
}
