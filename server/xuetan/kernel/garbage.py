"""How often the process looks for garbage that only a search finds."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECTED_AFTER = (50_000, 20, 20)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """All that was loaded stays: it is not looked through for garbage again and again, and new garbage is looked for
    after 50,000 new objects instead of 700. One exchange makes some hundreds, and next to none of them in circles."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
