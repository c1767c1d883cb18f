"""What the sign-in library asks of us: no open sign-up, no reset by mail for the compromised."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.forms import UserTokenForm
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect

from tongbao.accounts.models import User
from tongbao.accounts.queries import user_at
from tongbao.net import session
from tongbao.parties.directory import mail_may_be_read_by_others
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS
from tongbao.wiring.navigation import first_page


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Officers start at the desk, everyone else at the front page."""
        return first_page(actor_of(request.user) if isinstance(request.user, User) else ANONYMOUS)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """The first factor is set up right after signing in; changing one asks for the password again."""
        if app == "allauth.mfa" and not is_mfa_enabled(self.request.user):
            return False
        return bool(super().is_reauthentication_required(app=app))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        if mail_may_be_read_by_others(email):
            return
        super().send_mail(template_prefix, email, context)


class ResetLink(UserTokenForm):  # type: ignore[misc]
    """The link of a password reset. One that was mailed before its reader was found compromised no longer works."""

    def clean(self) -> Any:
        cleaned = super().clean()
        if not self.reset_user.is_active or mail_may_be_read_by_others(self.reset_user.email):
            raise self.refusal()
        return cleaned

    @staticmethod
    def refusal() -> Exception:
        """The same as for a link that is wrong or too old."""
        refusal: Exception = get_adapter().validation_error("invalid_password_reset")
        return refusal


class Social(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The office's identity provider vouches for an address. It opens the account of that address and makes none.

    Nothing is kept of the identity: what counts is the address it stands for at this moment.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.state.get("process") != "login":
            raise PermissionDenied  # accounts are not linked
        address = next((each.email for each in sociallogin.email_addresses if each.verified is True), "")
        if not mail_may_be_read_by_others(address) and (user := user_at(address)):
            sociallogin.user = user

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, **_: Any) -> None:
        """Who changes their mind at the provider is back where they came from."""
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(redirect("account_login"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_requests_session(self) -> Any:
        return session(purpose="identity provider")
