"""djangorestframework-simplejwt on loopback, with rotation and a blacklist. PORT, LIFETIME (of access tokens, in seconds) and a
directory of its own come from the environment; gunicorn takes `application`."""

import os
import sys
from datetime import timedelta

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"}}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework_simplejwt",
        "rest_framework_simplejwt.token_blacklist",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="a key for tests only, of 32 bytes and more",
    SIMPLE_JWT={
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=int(os.environ["LIFETIME"])),
        "BLACKLIST_AFTER_ROTATION": True,
        "ROTATE_REFRESH_TOKENS": True,
    },
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView


@api_view(["GET"])
@permission_classes([IsAuthenticated])
def me(request):
    return Response({"user": request.user.username})


urlpatterns = [
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
    path("api/token/blacklist/", TokenBlacklistView.as_view()),
    path("me", me),
]

if __name__ == "__main__":
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    User.objects.create_user("alice", password="canary-password")
else:
    application = get_wsgi_application()
