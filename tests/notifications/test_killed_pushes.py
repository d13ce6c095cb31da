"""A push whose process is killed is sent after the restart, as the same notification, and the inbox has it all
along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.notifications.receiver import Posted, Receiver
from tests.simulation.device import DeviceSimulator
from xuetan.kernel.services import Services

ROOT = Path(__file__).resolve().parents[2]


def start(services: Services, phone: DeviceSimulator, how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.notifications.dying_push", str(services.settings.data_dir)]
    return subprocess.Popen([*command, phone.person_id, how], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def take_up(services: Services) -> None:
    services.jobs.poll_seconds = 0.02
    services.jobs.start()
    try:
        services.jobs.wait_idle(30)
        assert services.jobs.list_failed() == []
    finally:
        services.jobs.stop()


def test_a_push_promised_before_the_kill_is_sent_once_after_it(
    services: Services, phone: DeviceSimulator, receiver: Receiver
) -> None:
    child = start(services, phone, "die")
    assert child.wait(60) == -signal.SIGKILL
    assert receiver.posted == []
    take_up(services)
    take_up(services)
    (posted,) = receiver.posted
    phone.sync()
    assert list(phone.rows(f"p:{phone.person_id}", "inbox_item")) == [("inbox_item", receiver.decrypt(posted)["item"])]


def test_a_kill_while_the_push_service_answers_repeats_the_same_notification(
    services: Services, phone: DeviceSimulator, receiver: Receiver
) -> None:
    """Whether it arrived cannot be known, so it is sent again under the same topic: phone and service replace the
    copy."""
    killed = threading.Event()
    child = start(services, phone, "push")
    assert child.stdout is not None
    pid = int(child.stdout.readline())

    def kill_it(_posted: Posted) -> tuple[int, dict[str, str]]:
        if not killed.is_set():
            os.kill(pid, signal.SIGKILL)
            child.wait(30)
            killed.set()
        return 201, {}

    receiver.answer = kill_it
    assert killed.wait(60)
    take_up(services)
    take_up(services)
    assert len(receiver.posted) == 2
    items = {receiver.decrypt(posted)["item"] for posted in receiver.posted}
    topics = {posted.headers["topic"] for posted in receiver.posted}
    assert items == topics
    assert len(items) == 1
    phone.sync()
    assert len(phone.rows(f"p:{phone.person_id}", "inbox_item")) == 1
