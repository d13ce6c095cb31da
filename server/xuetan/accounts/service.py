"""The face of accounts: organisations, people, roles, codes, devices, console sign-in.

Whoever acts is passed in as an actor; what it may see and do follows from roles that hold where they were given and
below. Functions work in the caller's transaction, except `sign_in` and `change_own_password`, which open their own.
"""

from xuetan.accounts.console_access import (
    ConsoleToken,
    authenticate_console,
    change_own_password,
    check_csrf,
    form_cookie,
    make_csrf_token,
    new_form_secret,
    session_cookie,
    set_password,
    sign_in,
    sign_out,
    staff_actor,
)
from xuetan.accounts.devices import (
    DeviceView,
    Enrolment,
    IssuedToken,
    authenticate,
    enrol_device,
    list_devices,
    make_nonce,
    renew_session,
    revoke_device,
)
from xuetan.accounts.organisations import (
    OrganisationView,
    create_organisation,
    find_root_id,
    get_organisation,
    list_organisations,
)
from xuetan.accounts.people import (
    GrantView,
    PersonView,
    create_person,
    describe_person,
    end_role,
    get_person,
    grant_role,
    list_grants,
    list_people,
)
from xuetan.accounts.rules import OPERATOR, ROLES, DeviceActor, StaffActor
from xuetan.accounts.sign_in_codes import (
    find_sign_in_code,
    issue_sign_in_code,
    revoke_sign_in_code,
    sign_in_link,
    sign_in_qr_svg,
)

__all__ = [
    "OPERATOR",
    "ROLES",
    "ConsoleToken",
    "DeviceActor",
    "DeviceView",
    "Enrolment",
    "GrantView",
    "IssuedToken",
    "OrganisationView",
    "PersonView",
    "StaffActor",
    "authenticate",
    "authenticate_console",
    "change_own_password",
    "check_csrf",
    "create_organisation",
    "create_person",
    "describe_person",
    "end_role",
    "enrol_device",
    "find_root_id",
    "find_sign_in_code",
    "form_cookie",
    "get_organisation",
    "get_person",
    "grant_role",
    "issue_sign_in_code",
    "list_devices",
    "list_grants",
    "list_organisations",
    "list_people",
    "make_csrf_token",
    "make_nonce",
    "new_form_secret",
    "renew_session",
    "revoke_device",
    "revoke_sign_in_code",
    "session_cookie",
    "set_password",
    "sign_in",
    "sign_in_link",
    "sign_in_qr_svg",
    "sign_out",
    "staff_actor",
]
