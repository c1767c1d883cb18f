"""What the sign-in library asks of us: no open sign-up, no reset by mail for the compromised."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from tongbao.accounts.models import User
from tongbao.kernel import clock
from tongbao.net import session
from tongbao.parties.models import Tenure, current
from tongbao.parties.standing import actor_of
from tongbao.policy.actors import ANONYMOUS
from tongbao.wiring.navigation import first_page


def mail_may_be_read_by_others(user: User) -> bool:
    """Whether the user's organisation is marked compromised: then mail proves nothing."""
    return Tenure.objects.filter(
        current(clock.now()), person__user=user, seat__organisation__compromised_at__isnull=False
    ).exists()


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
        user = context.get("user")
        if isinstance(user, User) and mail_may_be_read_by_others(user):
            return
        super().send_mail(template_prefix, email, context)


class Social(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The first time, the provider names an account by an address that it has verified itself."""
        if sociallogin.is_existing:
            return
        vouched = [each.email.strip().lower() for each in sociallogin.email_addresses if each.verified is True]
        user = User.objects.filter(email__in=vouched, is_active=True).first()
        if user is not None:
            sociallogin.connect(request, user)

    def get_requests_session(self) -> Any:
        return session(purpose="identity provider")
