"""A browser at the console: keeps cookies, reads the form's token from a page as a person's browser would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.testclient import TestClient

_CSRF = re.compile(r'name="csrf" value="([^"]*)"')


class Browser:
    """One visitor of an application that runs. Never follows a redirect: where it leads is what tests look at."""

    def __init__(self, client: TestClient) -> None:
        # A client of its own over the running application: its own cookies, no second start, the same event loop.
        self._client = TestClient(client.app, base_url="http://testserver", follow_redirects=False)
        self._client.portal = client.portal
        self._csrf: tuple[str, str] | None = None

    @property
    def cookies(self) -> Any:
        return self._client.cookies

    def language(self, accepted: str) -> None:
        """What this browser says it would like to read."""
        self._client.headers["accept-language"] = accepted

    def get(self, path: str, **more: Any) -> Any:
        return self._client.get(path, **more)

    def csrf(self) -> str:
        """The token of a form that this visitor has in front of them. It stays the same as long as the cookies do."""
        if self._csrf is None or self._csrf[0] != self._identity:
            page = self.get("/console/sign-in")
            if page.status_code == 303:
                page = self.get("/console/people")
            found = _CSRF.search(page.text)
            assert found, page.text[:500]
            self._csrf = self._identity, found[1]
        return self._csrf[1]

    @property
    def _identity(self) -> str:
        return "; ".join(sorted(f"{name}={value}" for name, value in self.cookies.items() if name != "xuetan_notice"))

    def post(self, path: str, form: Mapping[str, Any] | None = None, *, csrf: str | None = None, **more: Any) -> Any:
        """Send a form; with the token of this visitor's own pages unless another is given."""
        data = {**(form or {}), "csrf": self.csrf() if csrf is None else csrf}
        return self._client.post(path, data=data, **more)

    def sign_in(self, name: str, password: str) -> Any:
        return self.post("/console/sign-in", {"name": name, "password": password})
