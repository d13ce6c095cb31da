"""What happened in accounts, for other domains to act upon."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonCreated:
    person_id: str
    organisation_id: str


@dataclass(frozen=True)
class RoleEnded:
    """A person holds a role nowhere any more."""

    person_id: str
    role: str
    now_ms: int


@dataclass(frozen=True)
class DeviceEnrolled:
    """A device got its first token. `is_first`: the person had no other device that could be told."""

    person_id: str
    device_id: str
    device_name: str
    is_first: bool
    now_ms: int


@dataclass(frozen=True)
class DeviceRevoked:
    person_id: str
    device_id: str
    now_ms: int
