"""What no linter asks of a workflow: its graph and its images."""

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from string import Template
from typing import Any

import yaml

BUILD = re.compile(r"docker build .*?(?:-t|--tag)[ =](\S+)")
PUSH = re.compile(r"docker push (\S+)")
DEPLOY = re.compile(r"kubectl .*?set image .*? [*\w][\w.-]*=(\S+)")
LOGIN = re.compile(r"login|credentials")
OUTPUT = re.compile(r"needs\.([\w-]+)\.outputs\.")


def needs(workflow: str) -> dict[str, list[str]]:
    """Read what each job waits for; a job stands after those."""
    graph = {}
    for name, job in yaml.safe_load(workflow)["jobs"].items():
        before = job.get("needs", [])
        graph[name] = [before] if isinstance(before, str) else before
    order = TopologicalSorter(graph).static_order()
    return {name: graph[name] for name in order}


def faults(workflow: str) -> Iterator[str]:
    """Find images that go astray, and deploys that nobody watches.

    Args:
        workflow: Its text. Only `docker build`, `docker push` and
            `kubectl set image` in a `run:` are understood.

    Yields:
        A line for each fault, which begins with the job.
    """
    read = yaml.safe_load(workflow)
    events = read.get("on", read.get(True))  # YAML 1.1: on is true
    built, pushed, pushers = set[str](), set[str](), set[str]()
    for name in needs(workflow):
        job = read["jobs"][name]
        told = script(job)
        found = []
        built.update(BUILD.findall(told))
        for image in PUSH.findall(told):
            pushed.add(image)
            pushers.add(name)
            if image not in built:
                found.append(f"pushes {image}, which nobody built")
            if "pull_request" in events and "if" not in job:
                found.append("pushes for every pull request")
        for image in DEPLOY.findall(told):
            output = OUTPUT.search(image)
            if image in pushed:
                found.append(f"deploys {image}, and a tag may move")
            elif not output or output[1] not in pushers:
                found.append(f"deploys {image}, which nobody pushed")
        yield from (
            f"{name}: {each}" for each in [*found, *careless(told)]
        )


def careless(told: str) -> Iterator[str]:
    """Find what a job does not wait for, or may not do."""
    if DEPLOY.search(told) and "rollout status" not in told:
        yield "does not wait for the rollout"
    for tool in "docker push", "kubectl":
        before, found, _ = told.partition(f"{tool} ")
        if found and not LOGIN.search(before):
            yield f"calls {tool} without a login"


def script(job: dict[str, Any]) -> str:
    """Give what a job uses and runs, its variables put in."""
    told = ""
    for step in job["steps"]:
        text = Template(str(step.get("run") or step["uses"]))
        env = {**job.get("env", {}), **step.get("env", {})}
        told += f"{text.safe_substitute(env)}\n"
    told = told.replace('"', "").replace("\\\n", " ")
    return re.sub(r"\$\{\{ *(.+?) *\}\}", r"${{\1}}", told)
