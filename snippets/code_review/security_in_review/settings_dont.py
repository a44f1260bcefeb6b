"""What differs between the deploys of a shop."""

from pydantic import Field, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The configuration, each field from the variable of its name."""

    model_config = SettingsConfigDict(
        frozen=True, hide_input_in_errors=True
    )

    database_url: PostgresDsn
    payment_key: SecretStr = Field(min_length=20)
    host: str = "127.0.0.1"  # 0.0.0.0 in an image
    port: int = Field(ge=0, le=65535)  # 0 asks the system for one
    send_mail: bool = False
