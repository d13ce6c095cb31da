"""A journal entry as a graph of versions.

Owns which versions are shown and how a version is named. Stores nothing. Invariant: a version is named by its
content, so the same text saved twice is one version and two different texts are never one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from xuetan.kernel.ids import h16
from xuetan.kernel.signing import canonical_json


def version_name(payload: Mapping[str, Any]) -> str:
    """`ver` of a journal_saved/1 payload: H16 of its RFC 8785 form without `ver`, parents sorted, unknown fields
    included.
    """
    named = {name: value for name, value in payload.items() if name != "ver"}
    return h16(canonical_json({**named, "parents": sorted(set(payload["parents"]))}))


def find_heads(parents_by_version: Mapping[str, Iterable[str]]) -> list[str]:
    """Versions that are nobody's parent, in the order given. One head is shown; several are all kept and shown.

    A parent that has not arrived is no version. Names are hashes of contents that name their parents, so there are no
    loops.
    """
    replaced = {parent for parents in parents_by_version.values() for parent in parents}
    return [version for version in parents_by_version if version not in replaced]
