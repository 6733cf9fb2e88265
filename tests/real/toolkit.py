"""django-oauth-toolkit on loopback, with rotation. PORT, LIFETIME (of access tokens, in seconds) and a directory of its own come
from the environment; within two minutes a spent refresh token gives the same successor again. Alice logs in by Django's form, and
consents by the package's own. gunicorn takes `application`."""

import os

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    LOGIN_URL="/login",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    OAUTH2_PROVIDER={
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ["LIFETIME"]),
        "REFRESH_TOKEN_EXPIRE_SECONDS": 86400,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 120,
        "ROTATE_REFRESH_TOKEN": True,
        "SCOPES": {"read": "read"},
    },
    # The default one takes a second of a core for each request.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a key for tests only, of 32 bytes and more",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"login": "<form method=\"post\">{% csrf_token %}{{ form }}</form>"}),
                    "django.template.loaders.app_directories.Loader",
                ],
            },
        },
    ],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path
from oauth2_provider.decorators import protected_resource


@protected_resource()
def me(request):
    return JsonResponse({"user": request.resource_owner.username})


urlpatterns = [
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login", LoginView.as_view(template_name="login")),
    path("me", me),
]

if __name__ == "__main__":
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    alice = User.objects.create_user("alice", password="canary-password")
    for client, kind, grant in [
        ("toolkit", Application.CLIENT_CONFIDENTIAL, Application.GRANT_PASSWORD),
        ("toolkit-code", Application.CLIENT_CONFIDENTIAL, Application.GRANT_AUTHORIZATION_CODE),
        ("toolkit-public", Application.CLIENT_PUBLIC, Application.GRANT_AUTHORIZATION_CODE),
    ]:
        Application.objects.create(
            user=alice,
            client_id=client,
            client_secret="canary s3:cr3t/+=%&é",
            client_type=kind,
            authorization_grant_type=grant,
            redirect_uris="http://127.0.0.1/",
        )
else:
    application = get_wsgi_application()
