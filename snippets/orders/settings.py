"""What differs between the deploys of the orders service."""

from pathlib import Path
from typing import Annotated, TypeAlias

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, AnyHttpUrl, Field, Json, Secret
from pydantic_settings import BaseSettings, SettingsConfigDict


def understood(url: str) -> str:
    """Return an address that PostgreSQL's own client understands.

    Raises:
        ValueError: It does not.
    """
    try:
        known = conninfo_to_dict(url)
    except ProgrammingError:
        known = {}
    if not known:
        raise ValueError("not the address of a PostgreSQL") from None
    return url


Database: TypeAlias = Annotated[str, AfterValidator(understood)]
Token: TypeAlias = Annotated[str, Field(min_length=16)]
Name: TypeAlias = Annotated[str, Field(min_length=1)]
Clients: TypeAlias = Annotated[dict[Token, Name], Field(min_length=1)]


class Settings(BaseSettings):
    """What each process needs, from the variables of these names."""

    model_config = SettingsConfigDict(
        frozen=True, hide_input_in_errors=True
    )

    database_url: Secret[Database]
    payments: AnyHttpUrl


class WebSettings(Settings):
    """What the process that serves needs besides."""

    clients: Secret[Json[Clients]]  # the name of each token
    flags: Path = Path(__file__).with_name("flags.json")
    host: str = "127.0.0.1"  # 0.0.0.0 in an image
    port: int = Field(ge=0, le=65535)  # 0 asks the system for one
