"""A server killed in the middle of uploads, and phones that hold connections open: nothing is lost, nobody is kept out."""

from __future__ import annotations

import random
import signal
import socket
import threading
from contextlib import suppress

import httpx
import pytest

from tests.county import County
from tests.files.uploader import OFFSET_TYPE, Uploader, jpeg
from tests.ports import free_port
from tests.sync.test_killed_server import server
from xuetan.app import build_services
from xuetan.settings import Settings

KILLS = 2
HALF_SENT = 80


@pytest.mark.timeout(180)
def test_uploads_that_a_killed_server_took_go_on_where_they_stood(settings: Settings) -> None:
    """Whatever offset a phone was told is still there after the kill, and in the end the file is the one that was sent."""
    services = build_services(settings)
    county = County.found(services, None)
    port = free_port()
    chance = random.Random(7)
    data = jpeg(padding=400_000)
    told = 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        upload: Uploader | None = None
        for kill in range(KILLS):
            with server(settings, port) as process:
                if upload is None:
                    county.client = client
                    upload = Uploader(county.device_of("teacher"), data)
                    upload.begin()
                stands = int(upload.stands().headers["upload-offset"])
                assert stands >= told
                told = int(upload.send(stands, data[stands : stands + 30_000]).headers["upload-offset"])
                killer = threading.Timer(chance.random() / 20, process.send_signal, (signal.SIGKILL,))
                killer.start()
                with suppress(httpx.TransportError):
                    for _ in range(200 if kill < KILLS - 1 else 2):
                        told = int(upload.send(told, data[told : told + 1_000]).headers["upload-offset"])
                killer.join()
        assert upload is not None
        assert 0 < told < len(data)
        with server(settings, port):
            stands = int(upload.stands().headers["upload-offset"])
            assert stands >= told
            assert upload.send(stands, data[stands:]).status_code == 204
            assert upload.read().content == data
    services.database.close()


@pytest.mark.timeout(120)
def test_phones_that_fall_silent_in_an_upload_hold_no_thread(settings: Settings) -> None:
    services = build_services(settings)
    county = County.found(services, None)
    port = free_port()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client, server(settings, port):
        county.client = client
        phone = county.device_of("teacher")
        upload = Uploader(phone, jpeg())
        upload.begin()
        head = (
            f"PATCH {upload.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {phone.token}\r\n"
            f"Content-Type: {OFFSET_TYPE}\r\nUpload-Offset: 0\r\nContent-Length: 1000\r\n\r\n"
        ).encode()
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(HALF_SENT)]
        try:
            for one in silent:
                one.sendall(head + upload.data[:1])
            assert upload.send(0, upload.data).status_code == 204
            assert upload.read().content == upload.data
        finally:
            for one in silent:
                one.close()
    services.database.close()
