"""Settings: the only reader of the environment. Parsed once, refused at once, by name."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent
Environment = Literal["development", "testing", "production"]


class SettingError(RuntimeError):
    """A setting is missing or cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """The installation's mail server. `host` empty means mail is not configured."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    ca_file: str = ""

    @property
    def configured(self) -> bool:
        return bool(self.host and self.sender)


@dataclass(frozen=True, slots=True)
class Twilio:
    """The installation's Twilio account and its numbers in E.164 form; without a number its channel is off."""

    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    whatsapp_number: str = ""
    sms_number: str = ""
    base_url: str = "https://api.twilio.com"

    @property
    def configured(self) -> bool:
        return bool(self.account_sid and self.auth_token and (self.whatsapp_number or self.sms_number))

    def check(self) -> None:
        """Half an account is none. Raises SettingError naming what is missing."""
        if self.account_sid and not re.fullmatch(r"AC[0-9a-fA-F]{32}", self.account_sid):
            raise SettingError("TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits")
        number = self.whatsapp_number or self.sms_number
        if self.auth_token or number:
            self._require(self.account_sid, "TWILIO_ACCOUNT_SID is missing: the account that the rest belongs to")
        if self.account_sid:
            self._require(self.auth_token, "TWILIO_AUTH_TOKEN is missing: the token of TWILIO_ACCOUNT_SID")
            self._require(number, "TWILIO_WHATSAPP_NUMBER and TWILIO_SMS_NUMBER are missing: at least one is needed")

    @staticmethod
    def _require(value: str, sentence: str) -> None:
        if not value:
            raise SettingError(sentence)


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting of one process. Times in seconds, sizes in bytes, limits per minute."""

    env: Environment
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    site_url: str
    database_url: str = field(repr=False)
    allowed_hosts: tuple[str, ...]
    instance_dir: Path
    redis_url: str = field(default="", repr=False)
    trusted_proxies: int = 0
    signup_open: bool = True
    storage: Literal["local", "cloudinary"] = "local"
    cloudinary_url: str = field(default="", repr=False)
    mail: Mail = Mail()
    twilio: Twilio = Twilio()
    messages: Literal["auto", "console"] = "auto"
    paystack_public_key: str = ""
    paystack_secret_key: str = field(default="", repr=False)
    paystack_base_url: str = "https://api.paystack.co"
    demo_checkout_url: str = ""
    router_networks: tuple[str, ...] = ()
    routers_on_private_networks: bool = False
    api_cors_origins: tuple[str, ...] = ()
    rate_limit_authenticated: int = 200
    rate_limit_anonymous: int = 60
    rate_limit_login: int = 10
    rate_limit_reset: int = 5
    rate_limits_enabled: bool = True
    metrics_token: str = field(default="", repr=False)
    log_level: str = "INFO"
    conn_max_age: int = 600
    web_threads: int = 8
    worker_threads: int = 4

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def development(self) -> bool:
        return self.env == "development"

    @property
    def https(self) -> bool:
        return self.site_url.startswith("https://")

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @classmethod
    def load(cls) -> Config:
        """Settings of this process: the environment over the git-ignored `.env` beside this file."""
        return cls.from_env({**_dotenv(ROOT / ".env"), **os.environ})

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Config:
        """Parse and check all settings. Raises SettingError naming the one that is wrong."""
        read = _Reader(environ)
        env = read.choice("APP_ENV", ("development", "testing", "production"), "production")
        instance = Path(read.text("INSTANCE_DIR") or ROOT / "instance")
        config = cls(
            env=env,  # type: ignore[arg-type]
            secret_key=read.text("SECRET_KEY"),
            encryption_keys=read.words("ENCRYPTION_KEYS"),
            site_url=read.url("SITE_URL", default="" if env == "production" else "http://127.0.0.1:8000"),
            database_url=_database_url(read.text("DATABASE_URL"), instance),
            allowed_hosts=read.words("ALLOWED_HOSTS"),
            instance_dir=instance,
            redis_url=read.text("REDIS_URL"),
            trusted_proxies=read.whole("TRUSTED_PROXIES", 0, 0, 10),
            signup_open=read.choice("SIGNUP", ("open", "closed"), "open") == "open",
            storage=read.choice("STORAGE", ("local", "cloudinary"), "local"),  # type: ignore[arg-type]
            cloudinary_url=_cloudinary_url(read),
            mail=Mail(
                host=read.text("EMAIL_HOST"),
                port=read.whole("EMAIL_PORT", 587, 1, 65535),
                user=read.text("EMAIL_HOST_USER"),
                password=read.text("EMAIL_HOST_PASSWORD"),
                sender=read.text("EMAIL_FROM"),
                ca_file=read.text("EMAIL_CA_FILE"),
            ),
            twilio=Twilio(
                account_sid=read.text("TWILIO_ACCOUNT_SID"),
                auth_token=read.text("TWILIO_AUTH_TOKEN"),
                whatsapp_number=read.telephone("TWILIO_WHATSAPP_NUMBER"),
                sms_number=read.telephone("TWILIO_SMS_NUMBER"),
                base_url=read.url("TWILIO_API_BASE_URL", default="https://api.twilio.com"),
            ),
            messages=read.choice("MESSAGES", ("auto", "console"), "auto"),  # type: ignore[arg-type]
            paystack_public_key=read.text("PAYSTACK_PUBLIC_KEY"),
            paystack_secret_key=read.text("PAYSTACK_SECRET_KEY"),
            paystack_base_url=read.url("PAYSTACK_BASE_URL", default="https://api.paystack.co"),
            demo_checkout_url=read.url("DEMO_CHECKOUT_URL", default=""),
            router_networks=read.networks("ROUTER_NETWORKS"),
            routers_on_private_networks=read.choice(
                "ROUTERS_ON_PRIVATE_NETWORKS", ("on", "off"), "off" if env == "production" else "on"
            )
            == "on",
            api_cors_origins=read.words("API_CORS_ORIGINS"),
            rate_limit_authenticated=read.whole("RATE_LIMIT_AUTHENTICATED", 200, 1, 10**6),
            rate_limit_anonymous=read.whole("RATE_LIMIT_ANONYMOUS", 60, 1, 10**6),
            rate_limit_login=read.whole("RATE_LIMIT_LOGIN", 10, 1, 10**6),
            rate_limit_reset=read.whole("RATE_LIMIT_RESET", 5, 1, 10**6),
            metrics_token=read.text("METRICS_TOKEN"),
            log_level=read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
            conn_max_age=read.whole("CONN_MAX_AGE", 600, 0, 86400),
            web_threads=read.whole("WEB_THREADS", 8, 4, 64),
            worker_threads=read.whole("WORKER_THREADS", 4, 1, 32),
        )
        config.check()
        return config

    @classmethod
    def for_tests(cls, *, database_url: str, instance_dir: Path, **changes: object) -> Config:
        """Settings of a test: fresh secrets, limits off and one job at a time unless asked for."""
        values: dict[str, object] = {
            "env": "testing",
            "secret_key": secrets.token_hex(32),
            "encryption_keys": (Fernet.generate_key().decode(),),
            "site_url": "http://localhost",
            "allowed_hosts": ("localhost", "127.0.0.1"),
            "rate_limits_enabled": False,
            "routers_on_private_networks": True,
            "worker_threads": 1,
            "database_url": database_url,
            "instance_dir": Path(instance_dir),
        }
        config = cls(**{**values, **changes})  # type: ignore[arg-type]
        config.check()
        return config

    def check(self) -> None:
        """Fail closed: production starts only with real secrets, named hosts and its own address."""
        if len(self.secret_key) < 32 or self.secret_key.lower().startswith(("change", "secret", "dev")):
            raise SettingError("SECRET_KEY is missing, shorter than 32 characters or a well-known default")
        if not self.encryption_keys:
            raise SettingError("ENCRYPTION_KEYS is missing: one or more Fernet keys, newest first")
        for key in self.encryption_keys:
            try:
                Fernet(key.encode())
            except ValueError as error:
                raise SettingError("ENCRYPTION_KEYS holds a key that is not a Fernet key") from error
        if self.production and not self.allowed_hosts:
            raise SettingError("ALLOWED_HOSTS is missing: the host names this installation answers to")
        if self.production and not self.https:
            raise SettingError("SITE_URL must be the https address customers open")
        if self.mail.host and not self.mail.sender:
            raise SettingError("EMAIL_FROM is missing: the address mail is sent from")
        self.twilio.check()
        if self.production and self.messages == "console":
            raise SettingError("MESSAGES=console sends nothing, so production does not start with it")
        if self.storage == "cloudinary" and not self.cloudinary_url:
            raise SettingError("STORAGE is cloudinary but CLOUDINARY_URL is missing")


def _dotenv(path: Path) -> dict[str, str]:
    return {k: v for k, v in dotenv_values(path).items() if v is not None} if path.is_file() else {}


def _database_url(text: str, instance: Path) -> str:
    if not text:
        return f"sqlite:///{instance / 'duely.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    return text


def _cloudinary_url(read: _Reader) -> str:
    whole = read.text("CLOUDINARY_URL")
    parts = [read.text(f"CLOUDINARY_{name}") for name in ("API_KEY", "API_SECRET", "CLOUD_NAME")]
    if not whole and all(parts):
        return "cloudinary://{}:{}@{}".format(*parts)
    return whole


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip())

    def networks(self, name: str) -> tuple[str, ...]:
        """Blocks of addresses such as 10.0.0.0/8."""
        for block in self.words(name):
            try:
                ip_network(block)
            except ValueError as error:
                raise SettingError(f"{name} must hold networks such as 10.20.0.0/16, not {block!r}") from error
        return self.words(name)

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name) or default
        if value not in allowed:
            raise SettingError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise SettingError(f"{name} must be a whole number from {low} to {high}, not {value!r}")
        return int(value)

    def telephone(self, name: str) -> str:
        """A number in E.164 form, with or without Twilio's `whatsapp:` in front."""
        value = self.text(name)
        number = value.removeprefix("whatsapp:").strip()
        if value and not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
            raise SettingError(f"{name} must be a telephone number such as +2348012345678, not {value!r}")
        return number

    def url(self, name: str, default: str) -> str:
        value = (self.text(name) or default).rstrip("/")
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise SettingError(f"{name} must be an http or https address, not {value!r}")
        return value
