"""A phone's side of Anki's sync server, run in an environment of its own that has `anki`: reviews, then a sync.

Says one line of JSON when it is ready for the next word, and reads one line: {"reviews": n} answers n cards and syncs;
nothing ends it.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from anki.collection import Collection

# More than the benchmark asks for.
CARDS = 12_000
GOOD = 3
endpoint, user, password = sys.argv[1:4]


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def make_collection(folder: Path) -> Collection:
    """A collection of new cards, none of which a day's limit holds back."""
    collection = Collection(str(folder / "collection.anki2"))
    kind = collection.models.by_name("Basic")
    deck = collection.decks.id("Default")
    config = collection.decks.config_dict_for_deck_id(deck)
    config["new"]["perDay"] = config["rev"]["perDay"] = 9_999
    collection.decks.save(config)
    for number in range(CARDS):
        note = collection.new_note(kind)
        note["Front"], note["Back"] = f"question {number}", f"answer {number}"
        collection.add_note(note, deck)
    return collection


def answer(collection: Collection, count: int) -> None:
    """Answer so many cards, one review each."""
    for _ in range(count):
        card = collection.sched.getCard()
        assert card is not None
        collection.sched.answerCard(card, GOOD)


with tempfile.TemporaryDirectory() as name:
    collection = make_collection(Path(name))
    auth = collection.sync_login(username=user, password=password, endpoint=endpoint)
    collection.sync_collection(auth, sync_media=False)
    collection.close_for_full_sync()
    collection.full_upload_or_download(auth=auth, server_usn=None, upload=True)
    collection.reopen(after_full_sync=True)
    say(ready=True)
    for line in sys.stdin:
        reviews = json.loads(line)["reviews"]
        answer(collection, reviews)
        began = time.perf_counter()
        done = collection.sync_collection(auth, sync_media=False)
        assert done.required == done.NO_CHANGES, done
        say(seconds=time.perf_counter() - began)
