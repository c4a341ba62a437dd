"""The settings of a production start, in a process of their own: fit for it, and closed where they must be."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import PROJECT


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    production = {
        "KONTOR_DATA": str(folder),
        "DEBUG": "0",
        "ALLOWED_HOSTS": "league.example",
        "CSRF_TRUSTED_ORIGINS": "https://league.example",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_SETTINGS_MODULE": "kontor.config.settings",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env={**kept, **production, **environment},
        capture_output=True,
        text=True,
    )


def settings_of(folder: Path, *names: str, **environment: str) -> dict[str, Any]:
    code = (
        "import json; from django.conf import settings; "
        f"print(json.dumps({{name: getattr(settings, name, None) for name in {names!r}}}, default=str))"
    )
    done = run(folder, "-c", code, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_deploy_check_finds_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_production_is_closed(tmp_path: Path) -> None:
    found = settings_of(
        tmp_path,
        "DEBUG",
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "SECURE_HSTS_PRELOAD",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "PASSWORD_HASHERS",
        "X_FRAME_OPTIONS",
        "SECRET_KEY_IS_GENERATED",
        "SECURE_PROXY_SSL_HEADER",
    )
    assert found == {
        "DEBUG": False,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": False,
        "SECURE_HSTS_PRELOAD": False,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "X_FRAME_OPTIONS": "DENY",
        "SECRET_KEY_IS_GENERATED": False,
        "SECURE_PROXY_SSL_HEADER": None,
    }


def test_a_forwarded_header_is_believed_behind_a_proxy_alone(tmp_path: Path) -> None:
    found = settings_of(tmp_path, "SECURE_PROXY_SSL_HEADER", BEHIND_PROXY="1")
    assert found == {"SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"]}


def test_debug_is_never_on_by_itself(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.DEBUG)"
    kept = {
        "KONTOR_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "kontor.config.settings",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=kept, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_a_generated_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    keys = [settings_of(tmp_path, "SECRET_KEY", "SECRET_KEY_IS_GENERATED", SECRET_KEY="") for _ in range(2)]
    assert keys[0] == keys[1] and keys[0]["SECRET_KEY_IS_GENERATED"] and len(keys[0]["SECRET_KEY"]) >= 50
    path = tmp_path / "secret-key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == ["secret-key"]
    assert settings_of(tmp_path / "other", "SECRET_KEY", SECRET_KEY="") != {
        "SECRET_KEY": keys[0]["SECRET_KEY"]
    }


@pytest.mark.parametrize("server", ["postgresql"])
def test_another_database_by_its_address(tmp_path: Path, server: str) -> None:
    found = settings_of(tmp_path, "DATABASES", DATABASE_URL=f"{server}://u:p@db.example:5433/kontor")
    default = found["DATABASES"]["default"]
    assert (default["ENGINE"], default["HOST"], default["NAME"]) == (
        "django.db.backends.postgresql",
        "db.example",
        "kontor",
    )
    assert "init_command" not in default.get("OPTIONS", {})
