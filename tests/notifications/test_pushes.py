"""From a fact to a phone: the inbox always, the push encrypted for that phone, dead addresses dropped, nights
quiet."""

from __future__ import annotations

import socket

import http_ece
import pytest

from tests.county import County
from tests.notifications.receiver import Posted, Receiver, check_vapid
from tests.simulation.device import DeviceSimulator
from xuetan.kernel.clock import FixedClock
from xuetan.kernel.services import Services
from xuetan.kernel.signing import KeyStore
from xuetan.notifications import queries
from xuetan.notifications import service as notifications
from xuetan.notifications.jobs import PUSH, push_key
from xuetan.notifications.sending import Push, send

TEXT_KEY, PARAMS = "inbox.feedback_given", {"mentor": "李老师"}


def tell(county: County, name: str = "teacher", **more: str) -> None:
    county.write(
        lambda session: notifications.notify(
            session, county.services, county.id_of(name), TEXT_KEY, PARAMS, link="/journal/x", **more
        )
    )


def is_subscribed(services: Services, device: DeviceSimulator) -> bool:
    with services.database.reading() as session:
        return queries.find_subscription(session, device.device_id) is not None


@pytest.mark.usefixtures("running_jobs")
def test_a_push_arrives_encrypted_for_this_phone_and_signed_by_this_installation(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services
) -> None:
    tell(county)
    services.jobs.wait_idle(20)
    (posted,) = receiver.posted
    message = receiver.decrypt(posted)
    assert message["title"] == "雪炭"
    assert message["body"] == "李老师回复了你的日志。"
    assert (message["v"], message["person"], message["link"]) == (1, phone.person_id, "/journal/x")
    check_vapid(posted, notifications.get_push_key(services), receiver.base)
    assert posted.headers["topic"] == message["item"]
    assert int(posted.headers["ttl"]) > 0
    assert "李老师".encode() not in posted.body


@pytest.mark.usefixtures("running_jobs")
def test_the_inbox_has_it_whether_or_not_there_is_a_phone_to_push_to(county: County, receiver: Receiver) -> None:
    phone = county.device_of("colleague")
    tell(county, "colleague")
    county.services.jobs.wait_idle(20)
    phone.sync()
    (item,) = phone.rows(f"p:{phone.person_id}", "inbox_item").values()
    assert (item["text_key"], item["params"], item["link"]) == (TEXT_KEY, PARAMS, "/journal/x")
    assert receiver.posted == []


def test_a_fact_that_comes_twice_is_told_once(county: County, phone: DeviceSimulator) -> None:
    for _ in range(2):
        tell(county, once_key="feedback 1")
    tell(county, once_key="feedback 2")
    phone.sync()
    assert len(phone.rows(f"p:{phone.person_id}", "inbox_item")) == 2


def test_what_is_rolled_back_is_neither_in_the_inbox_nor_pushed(county: County, phone: DeviceSimulator) -> None:
    with pytest.raises(ZeroDivisionError), county.services.database.transaction() as session:
        notifications.notify(session, county.services, phone.person_id, TEXT_KEY, PARAMS, link="/")
        raise ZeroDivisionError
    county.services.jobs.wait_idle(0)
    phone.sync()
    assert phone.rows(f"p:{phone.person_id}", "inbox_item") == {}


def test_a_text_that_the_catalogue_lacks_is_found_at_once(county: County) -> None:
    for key, params in (("inbox.nothing", {}), (TEXT_KEY, {})):
        with pytest.raises(KeyError), county.services.database.transaction() as session:
            notifications.notify(session, county.services, county.id_of("teacher"), key, params, link="/")


@pytest.mark.usefixtures("running_jobs")
def test_a_dead_subscription_is_dropped(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services
) -> None:
    receiver.answer = lambda _posted: (410, {})
    tell(county)
    services.jobs.wait_idle(20)
    assert not is_subscribed(services, phone)
    tell(county)
    services.jobs.wait_idle(20)
    assert len(receiver.posted) == 1


@pytest.mark.usefixtures("running_jobs")
def test_a_busy_service_is_asked_again_later_and_the_subscription_stays(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services
) -> None:
    receiver.answer = lambda _posted: (503, {"Retry-After": "90"})
    tell(county)
    services.jobs.wait_idle(20)
    item = receiver.decrypt(receiver.posted[0])["item"]
    next_try = services.jobs.find_job(f"{PUSH}:{push_key(item, phone.device_id, 2)}")
    assert next_try is not None
    assert (next_try.state, len(receiver.posted)) == ("waiting", 1)
    assert is_subscribed(services, phone)


@pytest.mark.usefixtures("running_jobs")
def test_a_refusal_is_not_repeated_and_stops_nothing(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services
) -> None:
    receiver.answer = lambda _posted: (403, {})
    tell(county)
    services.jobs.wait_idle(20)
    assert (len(receiver.posted), services.jobs.list_failed()) == (1, [])
    assert is_subscribed(services, phone)


def test_each_answer_of_a_push_service_has_its_outcome(push: Push, receiver: Receiver, services: Services) -> None:
    expected = {200: "sent", 201: "sent", 202: "sent", 404: "gone", 410: "gone", 429: "later", 500: "later"}
    expected |= {503: "later", 400: "refused", 401: "refused", 403: "refused", 413: "refused", 302: "refused"}
    outcomes = {}
    for status in expected:
        receiver.answer = lambda _posted, status=status: (status, {})
        outcomes[status] = send(push, services.settings, services.keys).result
    assert outcomes == expected


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("9" * 40, None)])
def test_a_wish_to_wait_is_heard_when_it_is_a_number_of_seconds(
    push: Push, receiver: Receiver, services: Services, said: str, seconds: int | None
) -> None:
    receiver.answer = lambda _posted: (429, {"Retry-After": said})
    assert send(push, services.settings, services.keys).retry_after_seconds == seconds


@pytest.mark.usefixtures("running_jobs")
def test_a_redirect_is_not_followed(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services
) -> None:
    receiver.answer = lambda _posted: (307, {"Location": f"{receiver.base}/inside"})
    tell(county)
    services.jobs.wait_idle(20)
    assert [posted.path for posted in receiver.posted] == ["/push/phone"]


def test_at_night_the_push_waits_and_the_inbox_does_not(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services, clock: FixedClock
) -> None:
    clock.advance_ms(13 * 3_600_000)
    tell(county)
    services.jobs.wait_idle(0)
    phone.sync()
    assert len(phone.rows(f"p:{phone.person_id}", "inbox_item")) == 1
    assert receiver.posted == []


@pytest.fixture
def push(receiver: Receiver) -> Push:
    subscription = receiver.subscription()
    keys = subscription["keys"]
    return Push(subscription["endpoint"], keys["p256dh"], keys["auth"], "topic", {"v": 1})


def test_a_service_that_cannot_be_reached_is_tried_later(push: Push, services: Services, keys: KeyStore) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = Push(f"http://127.0.0.1:{unused.getsockname()[1]}/x", push.p256dh, push.auth, "t", {})
        assert send(dead, services.settings, keys).result == "later"


def test_a_service_that_does_not_answer_is_given_up_after_the_time_limit(
    push: Push, services: Services, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xuetan.notifications.sending.ANSWER_SECONDS_MAX", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = Push(f"http://127.0.0.1:{silent.getsockname()[1]}/x", push.p256dh, push.auth, "t", {})
        assert send(mute, services.settings, keys).result == "later"


@pytest.mark.parametrize("address", ["10.0.0.5", "127.0.0.1", "169.254.169.254", "::1"])
def test_a_listed_host_that_resolves_inside_is_not_called(
    push: Push, services: Services, keys: KeyStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: [(2, 1, 6, "", (address, 443))])
    strict = services.settings.model_copy(update={"push_allow_loopback": False})
    listed = Push("https://fcm.googleapis.com/x", push.p256dh, push.auth, "t", {})
    assert send(listed, strict, keys).result == "refused"
    assert send(push, strict, keys).result == "refused"
    assert receiver.posted == []


@pytest.mark.usefixtures("running_jobs")
def test_no_proxy_or_credential_of_the_environment_is_used(
    county: County, phone: DeviceSimulator, receiver: Receiver, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    tell(county)
    services.jobs.wait_idle(20)
    assert len(receiver.posted) == 1


@pytest.fixture
def keys(services: Services) -> KeyStore:
    return services.keys


def test_a_posted_message_is_for_one_phone_only(receiver: Receiver, push: Push, services: Services) -> None:
    assert send(push, services.settings, services.keys).result == "sent"
    (posted,) = receiver.posted
    changed = Posted(posted.path, posted.headers, posted.body[:-1] + bytes([posted.body[-1] ^ 1]))
    with pytest.raises(http_ece.ECEException):
        receiver.decrypt(changed)
    assert receiver.decrypt(posted) == {"v": 1}
