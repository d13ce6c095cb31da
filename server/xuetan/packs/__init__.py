"""Content packs: from a trainer's folder to signed, immutable, addressable bytes and their catalogue."""
