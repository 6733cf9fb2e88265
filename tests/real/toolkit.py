"""django-oauth-toolkit on loopback, with rotation. PORT, LIFETIME (of access tokens, in seconds) and a directory of its own come
from the environment; within two minutes a spent refresh token gives the same successor again. gunicorn takes `application`."""

import os

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
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
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import include, path
from oauth2_provider.decorators import protected_resource


@protected_resource()
def me(request):
    return JsonResponse({"user": request.resource_owner.username})


urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")), path("me", me)]

if __name__ == "__main__":
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    Application.objects.create(
        user=User.objects.create_user("alice", password="canary-password"),
        client_id="toolkit",
        client_secret="canary s3:cr3t/+=%&é",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_PASSWORD,
    )
else:
    application = get_wsgi_application()
