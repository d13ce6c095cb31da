"""Sign-in, sign-out, and the choice of language: what anybody may do at the console."""

from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import RedirectResponse, Response

from xuetan.accounts import service as accounts
from xuetan.accounts.errors import WrongPasswordError
from xuetan.console.forms import Typed
from xuetan.console.pages import Page
from xuetan.console.visit import (
    LANGUAGE_COOKIE,
    LANGUAGE_SECONDS,
    SIGN_IN_PATH,
    OpenFormDep,
    OpenVisitDep,
    StaffFormDep,
    console_router,
)
from xuetan.kernel.errors import InvalidRequestError, TooManyAttemptsError
from xuetan.kernel.text import LANGUAGES

HOME = "/console/classes"
router = console_router("/console")


@dataclass(frozen=True)
class SignInPage(Page):
    template: ClassVar[str] = "sign_in.html.j2"
    title_key: ClassVar[str] = "console.sign_in_title"

    typed: Typed
    next_path: str
    refusal: str


@router.get("")
@router.get("/")
def show_home(visit: OpenVisitDep) -> Response:
    return RedirectResponse(HOME if visit.actor else SIGN_IN_PATH, status_code=303)


@router.get("/sign-in")
def show_sign_in(visit: OpenVisitDep, next: str = "") -> Response:
    if visit.actor:
        return RedirectResponse(_own_path(next), status_code=303)
    return visit.show(SignInPage(typed=Typed(), next_path=_own_path(next), refusal=""))


@router.post("/sign-in")
def sign_in(visit: OpenFormDep) -> Response:
    form, settings = visit.form, visit.services.settings
    cookie = accounts.session_cookie(settings)
    try:
        token = accounts.sign_in(
            form.text("name"),
            form.secret("password"),
            address=visit.request.client.host if visit.request.client else "unknown",
            services=visit.services,
            presented_token=visit.request.cookies.get(cookie["key"], ""),
        )
    except (WrongPasswordError, TooManyAttemptsError) as error:
        refused = SignInPage(
            typed=form.typed("name"), next_path=_own_path(form.text("next")), refusal=f"error.{error.code}"
        )
        return visit.show(refused, status=error.status)
    response = visit.go(_own_path(form.text("next")))
    seconds = (token.expires_ms - visit.services.clock.now_ms()) // 1000
    response.set_cookie(value=token.token, max_age=seconds, **cookie)
    response.delete_cookie(**accounts.form_cookie(settings))
    return response


@router.post("/sign-out")
def sign_out(visit: StaffFormDep) -> Response:
    cookie = accounts.session_cookie(visit.services.settings)
    with visit.services.database.transaction() as session:
        accounts.sign_out(session, visit.form_secret)
    response = visit.go(SIGN_IN_PATH, notice="signed_out")
    response.delete_cookie(**cookie)
    return response


@router.post("/language")
def choose_language(visit: OpenFormDep) -> Response:
    language = visit.form.text("language")
    if language not in LANGUAGES:
        raise InvalidRequestError
    response = visit.go(_own_path(visit.form.text("back", characters_max=2000), visit.request.scope["path"]))
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=LANGUAGE_SECONDS,
        path="/console",
        samesite="lax",
        secure=visit.services.settings.secure_cookies,
    )
    return response


def _own_path(path: str, but_not: str = "") -> str:
    """A path of the console itself, so that a form cannot send anybody elsewhere."""
    is_ours = path.startswith("/console/") and "\\" not in path and not any(ord(one) < 32 for one in path)
    return path if is_ours and path != but_not else HOME
