"""Joining a root, told in words to whoever starts the hub at the machine."""

from collections.abc import Callable

from xuetan.contracts.error_codes import ERROR_CODES
from xuetan.kernel.services import Services
from xuetan.kernel.text import t
from xuetan.relay.line import HttpLine, NoLineError
from xuetan.relay.upstream import RefusedError, Upstream

WRONG_CODE = "wrong_code"


def join_in_words(services: Services, code: str, language: str, say: Callable[..., None]) -> bool:
    """Enrol with the root by the code that its staff made, and tell the operator's password, this once; False when that failed."""
    settings = services.settings
    try:
        password = Upstream(services, HttpLine(settings.upstream)).enrol(code)
    except NoLineError:
        say("cli.hub_no_line", address=settings.upstream)
        return False
    except RefusedError as error:
        # The words of this error speak of somebody who signs in.
        told = "cli.hub_code_wrong" if error.code == WRONG_CODE else "cli.refused"
        say(told, reason=t(language, f"error.{error.code}") if error.code in ERROR_CODES else error.status)
        return False
    say("cli.hub_joined", address=f"{settings.public_url.rstrip('/')}/people", password=password)
    return True
