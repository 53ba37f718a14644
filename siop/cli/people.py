"""`people add` and `people list`: who may read, decide and sign."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from siop.cli.main import JSON, WORKSPACE, main, opened_ledger, refusing
from siop.core import plain
from siop.workspace import Workspace

ROLES = ("viewer", "function_head", "executive", "siop_lead", "chair", "administrator")


@main.group()
def people() -> None:
    """Who may read, decide and sign."""


@people.command("add")
@click.argument("person")
@WORKSPACE
@click.option("--name", required=True, help="As it stands on a signature.")
@click.option("--function", required=True, help="Sales, Finance ...")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--delegate", is_flag=True, help="Not the head of the function.")
@click.option("--signs", is_flag=True, help="A plan needs this person's signature.")
@click.option("--only", multiple=True, help="dim=value: may see this slice alone; repeat for more.")
@click.option("--ended", is_flag=True, help="End this person's access.")
@click.option("--password", is_flag=True, help="Ask for a password, to sign in locally.")
@JSON
def people_add(workspace: Path | None, as_json: bool, **given: Any) -> None:
    """Declare PERSON (an id), or change one of the same id."""
    from siop import decisions

    secret = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True) if given["password"] else None
    )
    only: dict[str, list[str]] = {}
    for pair in given["only"]:
        dimension, found, value = pair.partition("=")
        if not found:
            raise click.UsageError(f"--only {pair}: write dim=value, for instance region=West")
        only.setdefault(dimension, []).append(value)
    limits: dict[str, str | list[str]] = dict(only)
    with refusing(as_json), _service(workspace, make=True) as service:
        receipt = decisions.add_person(
            service, decisions.operator(), given["person"], given["name"], given["function"], given["role"],
            principal=not given["delegate"], required_signer=given["signs"], only=limits, active=not given["ended"],
            password=secret,
        )  # fmt: skip
    said = f"{given['name']} is entry {receipt.seq}."
    click.echo(json.dumps({"ok": True, "entry": receipt.seq, "hash": receipt.hash}) if as_json else said)


@people.command("link")
@click.argument("person")
@WORKSPACE
@click.option("--issuer", required=True, help="The identity provider, as the sign-in page shows it.")
@click.option("--subject", required=True, help="What the provider calls the person; not an e-mail address.")
@JSON
def people_link(workspace: Path | None, as_json: bool, person: str, issuer: str, subject: str) -> None:
    """Let PERSON sign in with the company account that the provider ISSUER calls SUBJECT."""
    from siop import decisions

    with refusing(as_json), _service(workspace) as service:
        decisions.link_person(service, decisions.operator(), person, issuer, subject)
    click.echo(json.dumps({"ok": True}) if as_json else f"{person} signs in as {subject} of {issuer}.")


@people.command("list")
@WORKSPACE
@JSON
def people_list(workspace: Path | None, as_json: bool) -> None:
    """Everybody declared, with role and how they sign in."""
    from siop import decisions

    with refusing(as_json), _service(workspace) as service:
        found = decisions.list_people(service)
    if as_json:
        click.echo(json.dumps({"ok": True, "people": plain(found)}, ensure_ascii=False))
        return
    for one in found:
        signs = ", signs" if one["required_signer"] else ""
        click.echo(
            f"{one['id']}: {one['name']}, {one['function']}, {one['role']}{signs}{'' if one['active'] else ', ended'}"
        )


@contextmanager
def _service(workspace: Path | None, *, make: bool = False) -> Iterator[Any]:
    """The one door for writing, closed with its ledger. make: the workspace, where there is none yet."""
    from siop.decisions import Service

    if make:
        Workspace.named(workspace).make()
    with opened_ledger(workspace) as ledger:
        yield Service(ledger)
