"""Photos and voice in the learning log: safe with no network, without their place, with faces decided upon, at last at the mentor's."""

from __future__ import annotations

import base64
import hashlib
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.demo_server import DemoServer
from tests.browser.dying_line import DyingLine
from tests.browser.ledger import Ledger
from tests.browser.phone import SLOW_MS, Phone
from tests.waiting import wait_until

WORDS = "孩子们围着火炉读书，小军第一次举了手。"
GPS_IFD = 0x8825
READ_BLOBS = """async (person) => {
  const db = await new Promise((resolve, reject) => {
    const open = indexedDB.open(`xuetan-${person}`);
    open.onsuccess = () => resolve(open.result);
    open.onerror = () => reject(open.error);
  });
  const rows = await new Promise((resolve, reject) => {
    const all = db.transaction("blob_bytes").objectStore("blob_bytes").getAll();
    all.onsuccess = () => resolve(all.result);
    all.onerror = () => reject(all.error);
  });
  db.close();
  return rows.map(({ sha256, data }) => [sha256, btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""))]);
}"""


def camera_photo(width: int = 2400, height: int = 1800, seed: int = 1) -> bytes:
    """A JPEG as a phone's camera writes it: lying on its side, with time, camera and the place where it was taken."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (width, height), "#c9b79c")
    draw = ImageDraw.Draw(picture)
    for _ in range(900):
        x, y = chance.randrange(width), chance.randrange(height)
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + chance.randrange(10, 90), y + chance.randrange(10, 90)), fill=colour)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model of a camera", 6
    exif[GPS_IFD] = {1: "N", 2: (25.0, 36.0, 12.5), 3: "E", 4: (106.0, 42.0, 7.0)}
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=88, exif=exif)
    return made.getvalue()


def a_file(data: bytes) -> Any:
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": data}


def stored_blobs(phone: Phone, person: str) -> dict[str, bytes]:
    """What lies in the phone's own store, by name; every name is right."""
    found = {sha: base64.b64decode(text) for sha, text in phone.page.evaluate(READ_BLOBS, person)}
    for sha, data in found.items():
        assert hashlib.sha256(data).hexdigest() == sha
    return found


def on_the_server(demo: DemoServer, sha: str) -> Path | None:
    return next(iter(demo.folder.glob(f"**/files/whole/{sha[:2]}/{sha}")), None)


def begin_entry(phone: Phone) -> None:
    phone.at("nav-journal").click()
    phone.at("journal-new").click()
    phone.at("journal-text").fill(WORDS)


def decide(phone: Phone, which: int) -> None:
    phone.at("photo-decision").locator("input").nth(which).check(force=True)


def keep_photo(phone: Phone, data: bytes, decision: int = 0) -> None:
    before = phone.at("photo-item").count()
    phone.at("photo-add").set_input_files(a_file(data))
    decide(phone, decision)
    phone.at("photo-keep").click()
    expect(phone.at("photo-item")).to_have_count(before + 1)


def signed_in(demo: DemoServer, open_phone: OpenPhone, role: str, **options: object) -> Phone:
    phone = open_phone(role, demo.base_url, **options)
    phone.sign_in(demo.person(role)["code"])
    phone.wait_for_service_worker()
    phone.sync()
    return phone


def test_a_photo_is_kept_without_its_place_with_faces_covered_and_reaches_the_mentor(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    teacher_facts = demo.person("teacher")
    phone = signed_in(demo, open_phone, "teacher")
    demo.kill()
    begin_entry(phone)
    original = camera_photo()
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(GPS_IFD), "the photo that is chosen knows its place"

    phone.at("photo-add").set_input_files(a_file(original))
    phone.at("photo-keep").click()
    expect(phone.at("photo-problem")).to_be_visible()
    decide(phone, 1)
    phone.at("photo-keep").click()
    expect(phone.at("photo-problem")).to_be_visible()
    phone.at("journal-save").click()
    expect(phone.at("photo-editor")).to_be_visible()
    rub(phone)
    phone.at("photo-keep").click()

    item = phone.at("photo-item")
    expect(item.locator('img[data-loaded="true"]')).to_be_visible()
    (sha, kept), *others = stored_blobs(phone, teacher_facts["id"]).items()
    assert others == []
    assert_clean(kept)
    phone.page.reload()
    expect(phone.at("photo-item").locator('img[data-loaded="true"]')).to_be_visible()
    expect(phone.at("journal-text")).to_have_value(WORDS)
    phone.at("journal-save").click()
    expect(phone.at("journal-entry").locator("img")).to_be_visible()
    phone.context.close()

    again = open_phone("teacher", demo.base_url)
    again.go("/me/sync")
    expect(again.at("files-waiting")).to_have_attribute("data-bytes", str(len(kept)), timeout=SLOW_MS)
    demo.start()
    again.sync()
    arrived = on_the_server(demo, sha)
    assert arrived is not None
    assert arrived.read_bytes() == kept

    mentor = signed_in(demo, open_phone, "mentor")
    mentor.at("nav-teachers").click()
    mentor.at("teacher-row", person=teacher_facts["id"]).click()
    mentor.at("review-entry").filter(has_text=WORDS[:10]).first.click()
    expect(mentor.at("photo-item")).to_have_attribute("data-here", "false")
    mentor.at("media-fetch").click()
    expect(mentor.at("photo-item").locator('img[data-loaded="true"]')).to_be_visible(timeout=SLOW_MS)
    demo.kill()
    mentor.page.reload()
    expect(mentor.at("photo-item").locator('img[data-loaded="true"]')).to_be_visible()
    assert stored_blobs(mentor, demo.person("mentor")["id"]) == {sha: kept}
    assert phone.problems == again.problems == mentor.problems == []


def rub(phone: Phone) -> None:
    """Over the middle of the photo, from left to right."""
    canvas = phone.at("photo-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    phone.page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    phone.page.mouse.down()
    phone.page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=6)
    phone.page.mouse.up()
    expect(canvas).to_have_attribute("data-strokes", "1")


def assert_clean(kept: bytes) -> None:
    """No place, no camera; upright and small; and in the middle nothing but blocks of one colour."""
    picture = Image.open(io.BytesIO(kept))
    assert picture.size == (960, 1280)
    assert not picture.getexif()
    for trace in (b"Exif", b"GPS", b"Maker", b"Model of a camera", b"http://ns.adobe.com"):
        assert trace not in kept
    assert spread(picture, 480, 640) < 12
    assert spread(picture, 200, 200) > 40, "what was not rubbed over is as it was"


def spread(picture: Image.Image, x: int, y: int) -> int:
    """How far the brightness differs inside a block around a point, away from its edges."""
    block = 43
    left, top = x // block * block + 8, y // block * block + 8
    low, high = picture.convert("L").crop((left, top, left + block - 16, top + block - 16)).getextrema()
    return int(high) - int(low)


def test_a_voice_note_is_recorded_played_and_sent(demo: DemoServer, open_phone: OpenPhone) -> None:
    phone = signed_in(demo, open_phone, "teacher", permissions=["microphone"])
    demo.kill()
    begin_entry(phone)

    phone.at("voice-add").click()
    expect(phone.at("voice-recorder")).to_have_attribute("data-state", "recording", timeout=SLOW_MS)
    expect(phone.at("voice-stop")).to_contain_text("0:02", timeout=SLOW_MS)
    phone.at("voice-stop").click()

    expect(phone.at("voice-item")).to_be_visible()
    played = """async (audio) => {
      audio.muted = true;
      await audio.play();
      await new Promise((resolve) => audio.addEventListener("timeupdate", () => audio.currentTime > 0 && resolve()));
      return audio.currentTime;
    }"""
    assert phone.at("voice-item").locator("audio").evaluate(played) > 0
    phone.at("journal-save").click()
    expect(phone.at("voice-item")).to_be_visible()
    (sha, kept), *_ = stored_blobs(phone, demo.person("teacher")["id"]).items()
    demo.start()
    phone.sync()
    arrived = on_the_server(demo, sha)
    assert arrived is not None
    assert arrived.read_bytes() == kept
    assert kept.startswith(b"\x1a\x45\xdf\xa3")


def test_what_was_taken_out_of_a_draft_can_be_put_back_and_what_stays_out_is_never_sent(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    ledger = Ledger(demo)
    phone = signed_in(demo, open_phone, "teacher")
    begin_entry(phone)
    keep_photo(phone, camera_photo(seed=2))
    keep_photo(phone, camera_photo(seed=3))
    first = str(phone.at("photo-item").nth(0).get_attribute("data-sha256"))
    second = str(phone.at("photo-item").nth(1).get_attribute("data-sha256"))
    phone.at("media-remove").nth(0).click()
    phone.at("media-undo").click()
    expect(phone.at("photo-item")).to_have_count(2)
    phone.at("photo-item", sha256=second).locator('[data-testid="media-remove"]').click()
    expect(phone.at("photo-item")).to_have_count(1)
    phone.at("media-caption").fill("火炉边")
    phone.at("journal-save").click()
    expect(phone.at("journal-entry")).to_be_visible()
    phone.sync()
    saved = [event for event in ledger.news(demo.person("teacher")["id"]) if event.kind == "journal_saved/1"]
    assert [(blob["sha256"], blob["caption"]) for blob in saved[-1].payload["blobs"]] == [(first, "火炉边")]
    assert on_the_server(demo, first)
    assert on_the_server(demo, second) is None


class FullDisk:
    """
    While it stands, whatever the page wants to store is refused in the words that a browser has for it. A quota set through devtools is no
    way to it: a database that is open already went on storing.
    """

    def __init__(self, phone: Phone) -> None:
        self.page = phone.page

    def __enter__(self) -> None:
        self.page.evaluate("""() => {
          window.hadRoom = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = () => { throw new DOMException("no room", "QuotaExceededError"); };
        }""")

    def __exit__(self, *_: object) -> None:
        self.page.evaluate("() => { IDBObjectStore.prototype.put = window.hadRoom; }")


def test_a_photo_that_a_full_phone_could_not_store_stays_open_as_it_was_until_it_is_stored(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    phone = signed_in(demo, open_phone, "teacher")
    begin_entry(phone)
    phone.at("photo-add").set_input_files(a_file(camera_photo()))
    decide(phone, 1)
    rub(phone)
    with FullDisk(phone):
        phone.at("photo-keep").click()
        expect(phone.at("photo-problem")).to_be_visible(timeout=SLOW_MS)
        expect(phone.at("photo-canvas")).to_have_attribute("data-strokes", "1")
        expect(phone.at("photo-decision")).to_have_attribute("data-value", "blurred")
        expect(phone.at("photo-item")).to_have_count(0)
        assert stored_blobs(phone, demo.person("teacher")["id"]) == {}
    phone.at("photo-keep").click()
    expect(phone.at("photo-item").locator('img[data-loaded="true"]')).to_be_visible()
    expect(phone.at("photo-editor")).to_have_count(0)
    expect(phone.at("media-problem")).to_have_count(0)
    ((_, kept),) = stored_blobs(phone, demo.person("teacher")["id"]).items()
    assert_clean(kept)
    phone.page.reload()
    expect(phone.at("photo-item").locator('img[data-loaded="true"]')).to_be_visible()
    assert phone.problems == []


def test_a_recording_that_the_phone_ends_by_itself_stops_keeps_what_was_said_and_says_so(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    phone = signed_in(demo, open_phone, "teacher", permissions=["microphone"])
    phone.page.evaluate(
        """() => {
          const { mediaDevices } = navigator;
          const ask = mediaDevices.getUserMedia.bind(mediaDevices);
          mediaDevices.getUserMedia = async (wanted) => (window.microphone = await ask(wanted));
        }"""
    )
    begin_entry(phone)
    phone.at("voice-add").click()
    expect(phone.at("voice-stop")).to_contain_text("0:02", timeout=SLOW_MS)

    phone.page.evaluate("() => window.microphone.getTracks().forEach((track) => track.stop())")

    expect(phone.at("voice-cut")).to_be_visible(timeout=SLOW_MS)
    expect(phone.at("voice-recorder")).to_have_count(0)
    expect(phone.at("voice-item")).to_be_visible()
    ((_, kept),) = stored_blobs(phone, demo.person("teacher")["id"]).items()
    assert kept.startswith(b"\x1a\x45\xdf\xa3")
    phone.at("journal-save").click()
    expect(phone.at("voice-item")).to_be_visible()
    assert phone.problems == []


def test_a_recording_that_a_full_phone_could_not_store_is_kept_until_it_is_stored(
    demo: DemoServer, open_phone: OpenPhone
) -> None:
    phone = signed_in(demo, open_phone, "teacher", permissions=["microphone"])
    begin_entry(phone)
    phone.at("voice-add").click()
    expect(phone.at("voice-stop")).to_contain_text("0:02", timeout=SLOW_MS)
    with FullDisk(phone):
        phone.at("voice-stop").click()
        expect(phone.at("voice-problem")).to_be_visible(timeout=SLOW_MS)
        expect(phone.at("voice-recorder")).to_have_attribute("data-state", "heard")
        phone.at("voice-keep").click()
        expect(phone.at("voice-problem")).to_be_visible(timeout=SLOW_MS)
        expect(phone.at("voice-item")).to_have_count(0)
    phone.at("voice-keep").click()
    expect(phone.at("voice-item")).to_be_visible()
    expect(phone.at("voice-recorder")).to_have_count(0)
    ((_, kept),) = stored_blobs(phone, demo.person("teacher")["id"]).items()
    assert kept.startswith(b"\x1a\x45\xdf\xa3")
    assert phone.problems == []


@pytest.fixture
def line(demo: DemoServer) -> Iterator[DyingLine]:
    line = DyingLine(demo.port)
    yield line
    line.close()


def test_a_photo_arrives_over_a_line_that_keeps_breaking_and_past_a_killed_server(
    demo: DemoServer, open_phone: OpenPhone, line: DyingLine
) -> None:
    phone = open_phone("teacher", line.base_url)
    phone.sign_in(demo.person("teacher")["code"])
    phone.wait_for_service_worker()
    phone.sync()
    phone.context.set_offline(True)
    begin_entry(phone)
    keep_photo(phone, camera_photo(seed=4))
    phone.at("journal-save").click()
    expect(phone.at("journal-entry")).to_be_visible()
    (sha, kept), *_ = stored_blobs(phone, demo.person("teacher")["id"]).items()
    assert len(kept) > 100_000

    line.up_bytes_max = 40_000
    phone.context.set_offline(False)
    phone.chip().click()
    waiting = phone.at("file-waiting")
    wait_until(lambda: int(waiting.get_attribute("data-sent") or "0") > 30_000, 60, what="some of it arrived")
    demo.kill()
    demo.start()
    phone.at("sync-now").click()
    expect(phone.chip()).to_have_attribute("data-state", "all-received", timeout=2 * SLOW_MS)
    arrived = on_the_server(demo, sha)
    assert arrived is not None
    assert arrived.read_bytes() == kept
    assert line.broken >= 2
