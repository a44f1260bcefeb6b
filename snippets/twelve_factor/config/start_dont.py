"""Settings that say what is wrong with a secret by printing it."""

from pydantic import Field, PostgresDsn, Secret, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """The configuration, secrets masked."""

    database_url: Secret[PostgresDsn]
    payment_key: SecretStr = Field(min_length=20)
    port: int


def main() -> None:
    """Start, or fail."""
    Settings()  # type: ignore[call-arg] # they are variables


if __name__ == "__main__":
    main()
