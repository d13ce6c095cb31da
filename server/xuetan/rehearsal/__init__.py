"""The real server under the hand of a simulation: restarted, crashed, backed up, put back, and asked what it holds.

The phones' side, which owns schedule and seed, is `pwa/simulation/`; docs/simulation.md says how the two play together.
"""
