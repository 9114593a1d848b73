"""Settings of an installation, read once from the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What may be set from outside: PORT, HOST, and everything called GRIDGOV_*.

    `instance` holds the SQLite file, the photos and the keys. `async_mode` is
    `threading` for one process and `gevent` under gunicorn's gevent workers.
    """

    model_config = SettingsConfigDict(env_prefix="GRIDGOV_", populate_by_name=True)

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    port: int = Field(default=8000, validation_alias="PORT")
    database_url: str = ""
    instance: Path = ROOT / "instance"
    async_mode: str = "threading"
    # Behind a proxy of ours: how many hops of X-Forwarded-* to trust.
    trusted_proxies: int = 0
    testing: bool = False
    # A district's page is found by its code; with one district there is no choice.
    district: str = ""
    tail_interval_s: float = 0.5
    # Limits per address; guesses at secrets and wrong passwords are counted in any case.
    rate_limits: bool = True
    timetable: bool = True
    # Notices: "auto" sends what is set up below (a sample district writes a file), "file"
    # writes outbox.jsonl in the instance folder for everybody, "off" plans none.
    notices: Literal["auto", "file", "off"] = "auto"
    # The address of the pages in links of notices; empty: the one this process serves.
    public_url: str = ""
    smtp_url: SecretStr = SecretStr("")  # smtp://user:password@host:587, smtps://…:465
    mail_from: str = ""
    # An SMS service by HTTP: {phone}, {text} and {id} in the body are filled in as JSON.
    sms_url: SecretStr = SecretStr("")
    sms_body: str = '{"phone": "{phone}", "text": "{text}", "id": "{id}"}'
    sms_headers: SecretStr = SecretStr("{}")
    sms_keyed: bool = False  # the service sends nothing twice under one id
    push_contact: str = ""  # whom push services may write to: a mail address
    # Where browsers may be told: endings of host names, or whole origins.
    push_hosts: str = (
        "fcm.googleapis.com,push.services.mozilla.com,push.apple.com,notify.windows.com"
    )

    def url(self) -> str:
        """Return the database address; a SQLite file in the instance folder by default."""
        if self.database_url:
            url = self.database_url
            for old in ("postgresql://", "postgres://"):
                if url.startswith(old):
                    url = "postgresql+psycopg://" + url.removeprefix(old)
            return url
        return f"sqlite:///{self.instance.resolve() / 'gridgov.sqlite'}"

    def secure(self) -> bool:
        """Tell whether pages are served over HTTPS (cookies then say Secure)."""
        return self.host not in {"127.0.0.1", "localhost", "::1"} or self.trusted_proxies > 0
