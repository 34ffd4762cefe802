"""The settings of Twilio and of where messages go: half an account, or a number that is none, is refused by name."""

from __future__ import annotations

import pytest

from config import Config, SettingError, Twilio

SID, TOKEN = "AC" + "1f" * 16, "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
BASE = {"APP_ENV": "development", "SECRET_KEY": "x" * 32, "ENCRYPTION_KEYS": "A" * 43 + "="}
WHOLE = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_WHATSAPP_NUMBER": "+14155238886"}
PRODUCTION = {"APP_ENV": "production", "SITE_URL": "https://duely.example", "ALLOWED_HOSTS": "duely.example"}


def load(**environ: str) -> Config:
    return Config.from_env({**BASE, **environ})


def test_nothing_is_configured_until_it_is_set() -> None:
    config = load()
    assert config.twilio == Twilio()
    assert (config.twilio.configured, config.messages) == (False, "auto")
    assert config.twilio.base_url == "https://api.twilio.com"


def test_an_account_with_one_number_is_configured_and_does_not_show_its_token() -> None:
    config = load(**WHOLE)
    assert config.twilio == Twilio(SID, TOKEN, "+14155238886")
    assert config.twilio.configured
    assert TOKEN not in repr(config)


@pytest.mark.parametrize("number", ["+14155238886", "whatsapp:+14155238886", " whatsapp:+14155238886 "])
@pytest.mark.parametrize("name", ["TWILIO_WHATSAPP_NUMBER", "TWILIO_SMS_NUMBER"])
def test_a_number_may_be_written_as_twilio_shows_it(name: str, number: str) -> None:
    twilio = load(**{**WHOLE, name: number}).twilio
    assert {"TWILIO_WHATSAPP_NUMBER": twilio.whatsapp_number, "TWILIO_SMS_NUMBER": twilio.sms_number}[
        name
    ] == "+14155238886"


@pytest.mark.parametrize(
    "number", ["14155238886", "+1 415 523 8886", "08012345678", "whatsapp:", "+0123456789", "Duely", "+١٤١٥٥٢٣٨"]
)
@pytest.mark.parametrize("name", ["TWILIO_WHATSAPP_NUMBER", "TWILIO_SMS_NUMBER"])
def test_a_number_that_is_none_is_refused_by_name(name: str, number: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} must be a telephone number"):
        load(**{**WHOLE, name: number})


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER"])
def test_part_of_an_account_is_refused_by_the_name_of_what_is_missing(missing: str) -> None:
    with pytest.raises(SettingError, match=f"^{missing}.* missing") as caught:
        load(**{**WHOLE, missing: ""})
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("alone", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER"])
def test_one_part_alone_is_refused(alone: str) -> None:
    with pytest.raises(SettingError, match="missing"):
        load(**{alone: WHOLE[alone]})


@pytest.mark.parametrize("sid", ["SK" + "1" * 32, "AC1", SID + "0", "AC" + "g" * 32])
def test_an_account_number_that_is_none_is_refused(sid: str) -> None:
    with pytest.raises(SettingError, match="TWILIO_ACCOUNT_SID must be AC"):
        load(**{**WHOLE, "TWILIO_ACCOUNT_SID": sid})


def test_the_address_is_a_setting_and_has_to_be_one() -> None:
    assert load(TWILIO_API_BASE_URL="http://127.0.0.1:4011/").twilio.base_url == "http://127.0.0.1:4011"
    with pytest.raises(SettingError, match="TWILIO_API_BASE_URL"):
        load(TWILIO_API_BASE_URL="api.twilio.com")


def test_messages_go_to_the_log_when_asked_but_not_in_production() -> None:
    assert load(MESSAGES="console").messages == "console"
    with pytest.raises(SettingError, match="MESSAGES=console"):
        load(**PRODUCTION, MESSAGES="console")
    with pytest.raises(SettingError, match="MESSAGES must be one of"):
        load(MESSAGES="carrier pigeon")


def test_production_takes_an_account_whole() -> None:
    assert load(**PRODUCTION, **WHOLE).twilio.configured
