"""Real processes start with good and bad variables, and say what they found."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest
import structlog
from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsError

from snippets.twelve_factor.config import groups_dont, late_dont, start_dont
from snippets.twelve_factor.config.manifest import misnamed
from snippets.twelve_factor.config.settings import Settings
from snippets.twelve_factor.config.start import checked
from tests import forks
from tests.services import Service
from tests.site.tools import documents

if TYPE_CHECKING:
    from handbook.outputs import Output

ROOT = Path(__file__).parents[2]
SERVICE = "snippets.twelve_factor.config.service"
KEY = "example-key-of-24-letters"
GOOD = {
    "DATABASE_URL": "postgresql://shop:hunter2@db.internal/shop",
    "PAYMENT_KEY": KEY,
    "PORT": "0",
}
ROTATED = "postgresql://shop:hun/ter2@db.internal/shop"  # the password has a slash
BAD = {"DATABASE_URL": ROTATED, "PAYMENT_KEY": "hunter2", "PORT": "80a"}
SECRETS = ("hunter2", "hun/ter2", KEY)
NAMES = {"DATABASE_URL", "PAYMENT_KEY", "PORT", "HOST", "SEND_MAIL", "ENV"}


@pytest.fixture(autouse=True)
def deploy(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Begin with none of the variables."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def start(module: str, **variables: str) -> tuple[int, str]:
    """Start a program that ends by itself; give its exit code and what it wrote."""
    process, written = forks.start([module], {**os.environ, **variables})
    with written:
        told = written.read()
    return process.wait(), told


@pytest.mark.proves("fail-at-start")
def test_three_bad_variables_are_named_at_once(output: Output) -> None:
    """The start ends with code 78 and three lines, which hold none of the values."""
    code, told = start(SERVICE, **BAD)

    assert 78 == code
    assert ["DATABASE_URL", "PAYMENT_KEY", "PORT"] == [
        line.partition(":")[0] for line in told.splitlines()
    ]
    assert [] == [secret for secret in SECRETS if secret in told]
    assert "80a" not in told
    output.check("twelve_factor/config/start.out", f"{told}exit code {code}")


@pytest.mark.proves("fail-at-start")
def test_a_missing_variable_shows_none_of_the_others() -> None:
    """Where one is missing, the message holds no other's value."""
    without = {name: value for name, value in GOOD.items() if name != "PORT"}

    assert (78, "PORT: Field required\n") == start(SERVICE, **without)


@pytest.mark.proves("fail-at-start")
def test_no_secret_is_in_a_repr_a_log_or_a_traceback(
    deploy: pytest.MonkeyPatch,
) -> None:
    """Printed, dumped as JSON, logged with local variables: masked every time."""
    for name, value in GOOD.items():
        deploy.setenv(name, value)
    settings = checked(Settings)
    try:
        settings.port = 1  # it is frozen
    except ValidationError as error:
        tell = structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=True)
        )
        logged = tell(None, "error", {"exc_info": error})
        told = [json.dumps(logged), "".join(traceback.format_exception(error))]
    told += [repr(settings), str(settings), settings.model_dump_json()]

    assert "database_url=Secret('***" in told[0]  # the locals are there
    assert [] == [s for s in SECRETS for text in told if s in text]
    assert GOOD["DATABASE_URL"] == str(settings.database_url.get_secret_value())


@pytest.mark.proves("config-from-environment")
def test_one_build_serves_two_deploys() -> None:
    """Two processes of the same code differ in their variables, and in nothing else."""
    answers = []
    for mail in ("true", "false"):
        with Service(SERVICE, "", **GOOD, SEND_MAIL=mail) as service:
            answers.append(httpx.get(f"{service.address}/mail").json())
            service.end()

        assert [] == [s for s in SECRETS if s in service.output]
        assert "Secret('**********')" in service.output
    assert [True, False] == answers


@pytest.mark.proves("fail-at-start")
@pytest.mark.parametrize("port", ["-1", "65536", "", "80a"])
def test_a_port_is_one_that_exists(port: str) -> None:
    """A number outside of the range ends the start as a text does."""
    code, told = start(SERVICE, **{**GOOD, "PORT": port})

    assert (78, "PORT") == (code, told.partition(":")[0])
    assert 1 == len(told.splitlines())


@pytest.mark.proves("config-from-environment")
def test_it_listens_at_the_host_that_is_named() -> None:
    """The address comes from the environment too, and the log is JSON from the start."""
    with Service(SERVICE, "", **GOOD, HOST="127.0.0.2") as service:
        service.end()

    lines = [json.loads(line) for line in service.output.splitlines()]
    assert "started" == lines[0]["event"]
    assert "http://127.0.0.2:" in service.output


class Chosen(Settings):
    """Settings that may fail as a whole, or for two reasons in one variable."""

    limit: int | bool = 1

    @model_validator(mode="after")
    def agrees(self) -> Self:
        """Want what no field says."""
        if self.send_mail:
            message = "mail needs a key of its own"
            raise ValueError(message)
        return self


@pytest.mark.proves("fail-at-start")
def test_a_fault_has_the_name_of_its_variable(
    deploy: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of several types none is named, and what is wrong as a whole is the settings."""
    for name, value in {**GOOD, "LIMIT": "many"}.items():
        deploy.setenv(name, value)
    with pytest.raises(SystemExit):
        checked(Chosen)
    assert {"LIMIT"} == {n.partition(":")[0] for n in told(capsys)}
    deploy.setenv("LIMIT", "1")
    deploy.setenv("SEND_MAIL", "true")
    with pytest.raises(SystemExit):
        checked(Chosen)
    assert {"SETTINGS"} == {n.partition(":")[0] for n in told(capsys)}


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Read the lines that a start has written."""
    return capsys.readouterr().err.splitlines()


def variables(name: str) -> dict[str, str]:
    """Give the variables of a manifest; a secret has a value that is good."""
    found: dict[str, str] = {}
    for document in documents(ROOT / "snippets" / name):
        found |= document.get("data", {})
        pod: dict[str, Any] = document.get("spec", {}).get("template", {})
        for container in pod.get("spec", {}).get("containers", ()):
            assert [{"configMapRef": {"name": "shop"}}] == container["envFrom"]
            for each in container["env"]:
                key = each["name"].lower().replace("_", "-")
                assert {"name": "shop", "key": key} == each["valueFrom"]["secretKeyRef"]
                found[each["name"]] = GOOD[each["name"]]
    return found


@pytest.mark.proves("config-from-environment")
def test_a_manifest_names_what_is_read(deploy: pytest.MonkeyPatch) -> None:
    """The names are those of the settings, and the values are accepted."""
    found = variables("twelve_factor/config/shop.yaml")
    for name, value in found.items():
        deploy.setenv(name, value)

    assert [] == misnamed(found) == misnamed({**found, "TZ": "UTC"}, ["TZ"])
    assert (8080, True) == (checked(Settings).port, checked(Settings).send_mail)


@pytest.mark.harm("config-from-environment")
def test_a_misspelt_variable_is_ignored(
    deploy: pytest.MonkeyPatch, output: Output
) -> None:
    """The service starts and sends no mail; only the comparison finds it."""
    found = {**GOOD, **variables("twelve_factor/config/shop_dont.yaml")}
    for name, value in found.items():
        deploy.setenv(name, value)
    rows = [
        f"started, and send_mail is {checked(Settings).send_mail}",
        f"misnamed: {'; '.join(misnamed(found))}",
    ]

    assert "started, and send_mail is False" == rows[0]
    assert ["nothing reads SEND_MIAL"] == misnamed(found)
    del found["PAYMENT_KEY"]
    assert "there is no PAYMENT_KEY" == misnamed(found)[-1]
    output.check("twelve_factor/config/shop_dont.out", "\n".join(rows))


@pytest.mark.harm("config-from-environment")
def test_a_default_takes_production_to_the_laptop(
    deploy: pytest.MonkeyPatch, output: Output
) -> None:
    """A misspelt name gives the development database, and "false" is true."""
    deploy.setenv("DATABSE_URL", GOOD["DATABASE_URL"])
    deploy.setenv("SEND_MAIL", "false")
    with pytest.raises(KeyError) as told:
        late_dont.payment_key()
    rows = [
        f"database    {late_dont.database_url()}",
        f"mail        {late_dont.sends_mail()}",
        f"first sale  {type(told.value).__name__}: {told.value}",
    ]

    assert "postgresql:///shop_dev" in rows[0]
    assert late_dont.sends_mail()
    output.check("twelve_factor/config/late_dont.out", "\n".join(rows))


@pytest.mark.harm("config-from-environment")
def test_a_group_is_for_a_deploy_that_somebody_thought_of(
    deploy: pytest.MonkeyPatch, output: Output
) -> None:
    """Staging has no group, and with production's it mails the customers."""
    rows = [f"ENV unset       {groups_dont.config()}"]
    deploy.setenv("ENV", "staging")
    with pytest.raises(KeyError) as told:
        groups_dont.config()
    rows.append(f"ENV=staging     {type(told.value).__name__}: {told.value}")
    deploy.setenv("ENV", "production")
    rows.append(f"ENV=production  {groups_dont.config()}")

    assert "shop_dev" in rows[0]
    assert groups_dont.config()["mail"]
    output.check("twelve_factor/config/groups_dont.out", "\n".join(rows))


@pytest.mark.harm("fail-at-start")
def test_the_error_prints_the_secret(output: Output) -> None:
    """A password with a slash makes the URL invalid, and the traceback shows it."""
    module = "snippets.twelve_factor.config.start_dont"
    code, told = start(module, **{**GOOD, "DATABASE_URL": ROTATED})
    rows = told[told.index("pydantic_core.") :].splitlines()

    assert 1 == code
    assert "hun/ter2" in told
    output.check("twelve_factor/config/start_dont.out", "\n".join(rows))


@pytest.mark.harm("fail-at-start")
def test_one_that_is_missing_shows_the_others() -> None:
    """For a missing variable the error holds all the others, the key in full."""
    with pytest.MonkeyPatch.context() as deploy:
        deploy.setenv("PAYMENT_KEY", KEY)
        deploy.setenv("DATABASE_URL", GOOD["DATABASE_URL"])
        with pytest.raises(ValidationError) as told:
            start_dont.main()

    assert KEY[-10:] in str(told.value)
    assert KEY in str(told.value.errors())


def test_a_hidden_input_is_still_in_the_errors(deploy: pytest.MonkeyPatch) -> None:
    """`hide_input_in_errors` hides it from the message, not from `errors()`."""
    for name, value in BAD.items():
        deploy.setenv(name, value)
    with pytest.raises(ValidationError) as told:
        Settings()  # type: ignore[call-arg] # they are variables

    assert "hun/ter2" not in str(told.value)
    assert "hun/ter2" in str(told.value.errors())
    assert "hun/ter2" in told.value.json()


class Listed(BaseSettings):
    """Settings with a list, which is read as JSON."""

    port: int
    hosts: list[str]


def test_a_list_that_is_no_json_hides_the_other_faults(
    deploy: pytest.MonkeyPatch,
) -> None:
    """It is another exception, it comes first, and it names one field."""
    deploy.setenv("HOSTS", "a,b")
    with pytest.raises(SettingsError, match='"hosts"') as told:
        Listed()  # type: ignore[call-arg] # likewise

    assert "port" not in str(told.value)


class Filed(BaseSettings):
    """Settings that fill gaps from a file."""

    payment_key: SecretStr


def test_a_file_in_the_image_fills_a_gap(tmp_path: Path) -> None:
    """With `env_file` a start without the variable succeeds, with the laptop's."""
    file = tmp_path / ".env"
    file.write_text("PAYMENT_KEY=of-a-laptop\n", "utf-8")
    settings = Filed(_env_file=file)  # type: ignore[call-arg] # likewise

    assert "of-a-laptop" == settings.payment_key.get_secret_value()
