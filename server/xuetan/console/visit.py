"""One request to the console: who asks, in which language, by which form.

Owns cookies, the check that a form is ours, the headers of every page and what happens to who is not signed in. Invariants: every
POST goes through `StaffForm` or `OpenForm`, which check origin and token; every page goes through `Visit.show`, which sets the
headers; nothing of a person is kept in a cache.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xuetan.accounts import service as accounts
from xuetan.accounts.errors import CsrfFailedError
from xuetan.accounts.service import StaffActor
from xuetan.console.error_page import ErrorPage
from xuetan.console.formats import Formats
from xuetan.console.forms import Form, read_form
from xuetan.console.pages import Fragment, NavigationItem, Notice, Page, Shell, find_static_url, render, static_url
from xuetan.kernel.errors import AppError, InvalidRequestError, RequestTooLargeError, SignInRequiredError, language_of
from xuetan.kernel.http import get_services
from xuetan.kernel.ids import b64url_decode, b64url_encode
from xuetan.kernel.services import Services
from xuetan.kernel.text import LANGUAGES, well_formed

SIGN_IN_PATH = "/console/sign-in"
LANGUAGE_COOKIE = "xuetan_language"
NOTICE_COOKIE = "xuetan_notice"
NOTICE_SECONDS = 60
LANGUAGE_SECONDS = 400 * 86_400
FORM_BYTES_MAX = 256 * 1024
NOTICE_PREFIX = "console.notice."
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'none'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
AREAS = (
    ("classes", "/console/classes"),
    ("packs", "/console/packs"),
    ("people", "/console/people"),
    ("pairs", "/console/pairs"),
    ("sync", "/console/sync"),
)


@dataclass(frozen=True)
class Visit:
    """Who asks for a page. `actor` is None where nobody is signed in."""

    request: Request
    services: Services
    language: str
    actor: StaffActor | None
    form_secret: str
    is_secret_new: bool

    @property
    def formats(self) -> Formats:
        return Formats(self.language, self.services.settings.zone, self.services.clock.now_ms())

    def t(self, key: str, **params: object) -> str:
        return self.services.catalogue.t(self.language, key, **params)

    def show(self, page: Page, *, status: int = 200) -> Response:
        """A whole page in its shell."""
        notice = self._notice()
        html = render(self.services.catalogue, self.language, self.formats, page, self._shell(page, notice))
        response = HTMLResponse(html, status_code=status, headers=page_headers())
        if notice is not None:
            response.delete_cookie(NOTICE_COOKIE, path="/console")
        if self.is_secret_new:
            response.set_cookie(value=self.form_secret, **accounts.form_cookie(self.services.settings))
        return response

    def show_fragment(self, fragment: Fragment) -> Response:
        """A part that replaces its older self in the page."""
        html = render(self.services.catalogue, self.language, self.formats, fragment, None)
        return HTMLResponse(html, headers=page_headers())

    def go(self, path: str, *, notice: str = "", tone: str = "done", **params: object) -> Response:
        """Send the browser to a page after a form, with a word on what happened: `console.notice.<notice>`."""
        response = RedirectResponse(path, status_code=303, headers={"cache-control": "no-store"})
        if notice:
            told = json.dumps([tone, notice, params], ensure_ascii=False).encode()
            response.set_cookie(
                NOTICE_COOKIE,
                b64url_encode(told),
                max_age=NOTICE_SECONDS,
                path="/console",
                httponly=True,
                samesite="lax",
                secure=self.services.settings.secure_cookies,
            )
        return response

    def _shell(self, page: Page, notice: Notice | None) -> Shell:
        return Shell(
            language=self.language,
            title=self.t(page.title_key, **page.title_params),
            navigation=tuple(
                NavigationItem(area, path, self.t(f"console.nav_{area}"), area == page.area) for area, path in AREAS
            )
            if self.actor
            else (),
            person_name=self.actor.name if self.actor else "",
            csrf=accounts.make_csrf_token(self.form_secret),
            notice=notice,
            path=_address_of(self.request),
            stylesheet=static_url("console.css"),
            script=find_static_url("htmx.min.js"),
        )

    def _notice(self) -> Notice | None:
        """The word left by `go`. Whatever else stands in the cookie is no word of ours and is dropped."""
        try:
            tone, key, params = json.loads(b64url_decode(self.request.cookies.get(NOTICE_COOKIE, "")))
            return Notice("look" if tone == "look" else "done", well_formed(self.t(NOTICE_PREFIX + key, **params)))
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


@dataclass(frozen=True)
class StaffVisit(Visit):
    """A visit by somebody who is signed in."""

    staff: StaffActor


@dataclass(frozen=True)
class FormVisit(Visit):
    """A form that came from our own page, whoever sent it."""

    form: Form


@dataclass(frozen=True)
class StaffFormVisit(StaffVisit):
    """A form that came from our own page, by somebody who is signed in."""

    form: Form


def page_headers() -> dict[str, str]:
    return {
        "content-security-policy": PAGE_POLICY,
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "referrer-policy": "same-origin",
    }


def visit_of(request: Request) -> Visit:
    """The visit behind a request, signed in or not."""
    services = get_services(request)
    return Visit(**_who(request, services))


def _who(request: Request, services: Services) -> dict[str, Any]:
    token = request.cookies.get(accounts.session_cookie(services.settings)["key"], "")
    actor = None
    if token:
        try:
            with services.database.reading() as session:
                actor = accounts.authenticate_console(session, token, now_ms=services.clock.now_ms())
        except SignInRequiredError:
            actor = None
    secret = token if actor else request.cookies.get(accounts.form_cookie(services.settings)["key"], "")
    return {
        "request": request,
        "services": services,
        "language": _language(request),
        "actor": actor,
        "form_secret": secret or accounts.new_form_secret(),
        "is_secret_new": not secret,
    }


def _language(request: Request) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else language_of(request)


def _open_visit(request: Request) -> Visit:
    return visit_of(request)


def _staff_visit(request: Request) -> StaffVisit:
    who = _who(request, get_services(request))
    if who["actor"] is None:
        raise SignInRequiredError
    return StaffVisit(**who, staff=who["actor"])


def _form_visit(visit: Annotated[Visit, Depends(_open_visit)], form: Annotated[Form, Depends(read_form)]) -> FormVisit:
    _check_ours(visit, form)
    return FormVisit(**_parts(visit), form=form)


def _staff_form_visit(
    visit: Annotated[StaffVisit, Depends(_staff_visit)], form: Annotated[Form, Depends(read_form)]
) -> StaffFormVisit:
    """The visit is asked for first: the body of somebody who is not signed in is never read."""
    _check_ours(visit, form)
    return StaffFormVisit(**_parts(visit), form=form)


def _parts(visit: Visit) -> dict[str, Any]:
    return {field.name: getattr(visit, field.name) for field in fields(visit)}


def _own_origins(visit: Visit) -> set[str]:
    """Where our pages come from: the address that was asked, and the public one that a proxy may stand for."""
    request = visit.request
    public = urlsplit(visit.services.settings.public_url)
    return {f"{request.url.scheme}://{request.headers.get('host', '')}", f"{public.scheme}://{public.netloc}"}


def _check_ours(visit: Visit, form: Form) -> None:
    """A form counts when the browser says it was sent from our own origin, and it holds the token made for this cookie."""
    origin = visit.request.headers.get("origin")
    if origin is not None and origin not in _own_origins(visit):
        raise CsrfFailedError
    accounts.check_csrf(visit.form_secret, form.text("csrf"))


OpenVisitDep = Annotated[Visit, Depends(_open_visit)]
StaffVisitDep = Annotated[StaffVisit, Depends(_staff_visit)]
OpenFormDep = Annotated[FormVisit, Depends(_form_visit)]
StaffFormDep = Annotated[StaffFormVisit, Depends(_staff_form_visit)]


class ConsoleRoute(APIRoute):
    """A route whose failures are pages in words, not JSON; who is not signed in is led to the sign-in page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_in_words(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInRequiredError:
                return to_sign_in(request)
            except AppError as error:
                return show_error(request, error)
            except RequestValidationError:
                return show_error(request, InvalidRequestError())
            except HTTPException as error:
                kind = (
                    RequestTooLargeError
                    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                    else InvalidRequestError
                )
                return show_error(request, kind(), status=error.status_code)

        return handle_in_words


def console_router(prefix: str) -> APIRouter:
    """A router whose failures are pages, whose bodies are bounded, and which is no part of the described API."""
    return APIRouter(prefix=prefix, include_in_schema=False, route_class=ConsoleRoute, max_body_size=FORM_BYTES_MAX)


def _address_of(request: Request) -> str:
    """Path and query as they came, whatever bytes they hold."""
    query = request.scope["query_string"].decode("latin-1")
    return well_formed(request.scope["path"]) + (f"?{query}" if query else "")


def to_sign_in(request: Request) -> Response:
    """To the sign-in page, and afterwards back. A part of a page cannot be redirected; the whole page is."""
    came_from = well_formed(request.scope["path"]) if request.method == "GET" else ""
    target = f"{SIGN_IN_PATH}?next={quote(came_from)}" if came_from else SIGN_IN_PATH
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"hx-redirect": SIGN_IN_PATH})
    return RedirectResponse(target, status_code=303, headers={"cache-control": "no-store"})


def show_error(request: Request, error: AppError, *, status: int | None = None) -> Response:
    visit = visit_of(request)
    own_words = f"console.error_{error.code}"
    # A page whose cookie never comes back was not open too long: the browser keeps Secure cookies from plain http.
    if isinstance(error, CsrfFailedError) and visit.is_secret_new and visit.services.settings.secure_cookies:
        own_words = "console.error_cookie_lost"
    key = own_words if visit.services.catalogue.has(own_words) else f"error.{error.code}"
    text = visit.t(key, **error.message_params)
    page = ErrorPage(text=text, code=error.code, is_signed_in=visit.actor is not None)
    return visit.show(page, status=status or error.status)
