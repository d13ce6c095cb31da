"""A deterministic model of the whole sync protocol: phones, hub, root, files, and everything that goes wrong between
them."""
