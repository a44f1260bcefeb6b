"""The workflow that proves this handbook is read as a graph, and so is a first draft."""

from __future__ import annotations

import ast
import json
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from snippets.delivery.pipeline.checks import merges, reported
from snippets.delivery.pipeline.jobs import faults, needs, script
from tests.drawing import DO, INK, QUIET, drawing

if TYPE_CHECKING:
    from handbook.outputs import Output

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "snippets"


def text(name: str) -> str:
    """Read a snippet."""
    return (SNIPPETS / name).read_text("utf-8")


def steps(job: dict[str, Any]) -> list[str]:
    """List what a job runs."""
    return [step["run"] for step in job["steps"] if "run" in step]


def before(graph: dict[str, list[str]], job: str) -> set[str]:
    """Name all that must have passed before a job starts."""
    return {*graph[job]}.union(*(before(graph, each) for each in graph[job]))


def test_the_page_shows_the_workflow_of_this_repository() -> None:
    """The copy is the workflow, but for the marks of what the page shows of it."""
    lines = text("delivery/pipeline/ci.yml").splitlines(keepends=True)
    copy = "".join(line for line in lines if "# --8<--" not in line)

    assert (ROOT / ".github/workflows/ci.yml").read_text("utf-8") == copy


@pytest.mark.proves("pipeline")
def test_nothing_is_deployed_that_was_not_tested(output: Output) -> None:
    """Staging gets what was linted, tested, scanned and built, in that order, from main."""
    graph = needs(text("delivery/pipeline/ci.yml"))
    jobs = yaml.safe_load(text("delivery/pipeline/ci.yml"))["jobs"]

    assert {"lint", "test", "security", "build"} == before(graph, "deploy-staging")
    assert {"lint", "test", "security"} == before(graph, "build")
    assert "github.ref == 'refs/heads/main'" == jobs["deploy-staging"]["if"]
    assert "staging" == jobs["deploy-staging"]["environment"]["name"]
    assert [] == steps(jobs["deploy-staging"])  # it builds nothing
    output.check("delivery/pipeline/needs.svg", picture(graph))


def picture(graph: dict[str, list[str]]) -> str:
    """Draw the jobs from left to right, an arrow to each from what it needs."""
    depth: dict[str, int] = {}
    for job, those in graph.items():
        depth[job] = 1 + max((depth[each] for each in those), default=0)
    levels = {d: [j for j in depth if depth[j] == d] for d in depth.values()}
    place = {
        job: (level * 1.0, (len(those) - 1) / 2 - row)
        for level, those in levels.items()
        for row, job in enumerate(those)
    }
    told = "; ".join(
        f"{job} needs {', '.join(those) or 'nothing'}" for job, those in graph.items()
    )
    with drawing(f"The jobs of the workflow: {told}.", height=1.8) as drawn:
        axes = drawn.axes[0]
        axes.set_axis_off()
        axes.set_xlim(0.6, max(depth.values()) + 0.5)
        axes.set_ylim(-1.5, 1.5)
        for job, those in graph.items():
            x, y = place[job]
            axes.text(x, y, job, ha="center", va="center", color=INK)
            for each in those:
                start = (place[each][0] + 0.25, place[each][1])
                arrow = {"arrowstyle": "->", "color": DO}
                axes.annotate("", (x - 0.3, y), start, arrowprops=arrow)
        axes.text(3, -0.5, "from main only", ha="center", color=QUIET)
    return drawn.svg


@pytest.mark.proves("pipeline")
def test_a_job_runs_what_a_developer_runs() -> None:
    """Every step that runs a command calls a session, or installs what it needs."""
    tree = ast.parse((ROOT / "noxfile.py").read_text("utf-8"))
    sessions = {
        each.name
        for each in tree.body
        if isinstance(each, ast.FunctionDef) and each.decorator_list
    }
    jobs = {name: [] for name in needs(text("delivery/pipeline/ci.yml"))}  # type: dict[str, list[str]]
    for name, job in yaml.safe_load(text("delivery/pipeline/ci.yml"))["jobs"].items():
        for command in steps(job):
            nox = re.fullmatch(r"nox --no-venv --session ([\w ]+)", command)
            lock = re.fullmatch(
                r"pip install --require-hashes --requirement (locks/\w+\.txt)", command
            )
            if nox:
                jobs[name] += nox[1].split()
            elif lock:
                assert "\nnox==" in (ROOT / lock[1]).read_text("utf-8")
            else:
                assert ".ci/tools" == command

    assert ["lint", "types"] == jobs["lint"]
    assert ["tests"] == jobs["test"]
    assert ["security"] == jobs["security"]
    assert ["site", "zensical", "browser"] == jobs["build"]
    assert {*chain(*jobs.values())} <= sessions


@pytest.mark.proves("pipeline")
def test_a_job_has_installed_what_its_sessions_need() -> None:
    """The lock of a job holds every package of the locks that its sessions name."""
    source = (ROOT / "noxfile.py").read_text("utf-8")
    groups = dict(
        re.findall(
            r'def (\w+)\((?:(?!\n\n\n).)*?install\(session, "(\w+)"\)',
            source,
            re.DOTALL,
        )
    )
    for job in yaml.safe_load(text("delivery/pipeline/ci.yml"))["jobs"].values():
        for command in steps(job):
            if command.startswith("nox "):
                (lock,) = (each for each in steps(job) if "--requirement" in each)
                needed = {groups[name] for name in command.split()[3:]}
                held = packages(lock.split()[-1])
                assert all(packages(f"locks/{each}.txt") <= held for each in needed)


def packages(lock: str) -> set[str]:
    """Name what a lock holds."""
    found = (ROOT / lock).read_text("utf-8")
    return {*re.findall(r"^([\w.-]+)==", found, re.MULTILINE)}


@pytest.mark.proves("pipeline")
def test_what_a_job_keeps_is_what_the_next_one_takes() -> None:
    """The ledger goes from the tests to the build, and the site from there to Pages."""
    jobs = yaml.safe_load(text("delivery/pipeline/ci.yml"))["jobs"]
    pythons = jobs["test"]["strategy"]["matrix"]["python"]

    def action(job: str, name: str) -> dict[str, Any]:
        step: dict[str, Any]
        (step,) = (s for s in jobs[job]["steps"] if f"/{name}@" in s.get("uses", ""))
        return step

    kept = action("test", "upload-artifact")
    site = action("build", "upload-pages-artifact")
    names = [step["name"] for step in jobs["build"]["steps"]]
    assert {"name": kept["with"]["name"]} == action("build", "download-artifact")[
        "with"
    ]
    assert names.index("Fetch the ledger") < names.index(
        "Build the site, refuse what no test ran, and read it in Chrome"
    )
    assert kept["if"] in {f"matrix.python == '{python}'" for python in pythons}
    assert ("ledger.json", "error") == (
        kept["with"]["path"],
        kept["with"]["if-no-files-found"],
    )
    assert "ledger.json" in (ROOT / ".gitignore").read_text("utf-8")
    assert f'"site", "{site["with"]["path"]}")' in (ROOT / "noxfile.py").read_text(
        "utf-8"
    )
    assert [".ci/tools"] == steps(jobs["test"])[:1]


@pytest.mark.proves("pipeline")
def test_every_way_into_main_is_checked_and_no_deploy_is_cut_short() -> None:
    """A push, a pull request and a queue start it; only a pull request is cancelled."""
    read = yaml.safe_load(text("delivery/pipeline/ci.yml"))

    assert {"push", "pull_request", "merge_group", "schedule"} == {*read[True]}
    assert {"branches": ["main"]} == read[True]["push"]
    assert (
        "${{ github.event_name == 'pull_request' }}"
        == read["concurrency"]["cancel-in-progress"]
    )


def test_keys_are_looked_for_in_the_whole_history() -> None:
    """The checkout of the job that scans fetches every commit."""
    job = yaml.safe_load(text("delivery/pipeline/ci.yml"))["jobs"]["security"]

    assert 0 == job["steps"][0]["with"]["fetch-depth"]


@pytest.mark.proves("pipeline")
def test_only_the_deploy_may_write() -> None:
    """No job but the last has a permission beyond reading the repository."""
    read = yaml.safe_load(text("delivery/pipeline/ci.yml"))
    allowed = {name: job["permissions"] for name, job in read["jobs"].items()}

    assert {} == read["permissions"]
    assert {"pages": "write", "id-token": "write"} == allowed.pop("deploy-staging")
    assert all(each == {"contents": "read"} for each in allowed.values())
    assert all(job["timeout-minutes"] <= 30 for job in read["jobs"].values())


@pytest.mark.harm("workflow-faults")
def test_no_tool_asks_which_image_is_deployed(output: Output) -> None:
    """Three tools complain of a first draft, and of none of its images."""
    found = [*faults(text("delivery/pipeline/ci_dont.yml"))]
    told = text("delivery/pipeline/ci_dont_faults.out")

    assert 6 == len(found)
    assert {"actionlint", "zizmor"} <= {*re.findall(r"\[(\w+)\]$", told, re.MULTILINE)}
    assert not re.search(r"docker|registry|kubectl|rollout|pull_request", told)
    output.check("delivery/pipeline/jobs_dont.out", "\n".join(found))


@pytest.mark.proves("workflow-faults")
@pytest.mark.parametrize(
    "name", ["delivery/pipeline/ci.yml", "delivery/staging_and_promotion/deliver.yml"]
)
def test_a_workflow_without_a_fault_has_none(name: str) -> None:
    """What builds once and deploys the digest is not accused."""
    assert [] == [*faults(text(name))]


@pytest.mark.proves("workflow-faults")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('build --tag "$IMAGE"', "build --tag shop", "build: pushes ghcr.io/"),
        ("  push:\n", "  pull_request:\n  push:\n", "build: pushes for every pull"),
        ("docker login ghcr.io", "echo", "build: calls docker push without a login"),
        ("kubectl rollout status", "echo", "staging: does not wait"),
        (
            'kubectl set image deployment/shop shop="$IMAGE"',
            "kubectl -n shop set image deployment/shop \\\n            shop=app",
            "staging: deploys app, which nobody pushed",
        ),
        (
            "needs.build.outputs",
            "needs.staging.outputs",
            "staging: deploys ${{needs.st",
        ),
        ("./login.sh", "echo", "staging: calls kubectl without a login"),
        ("./login.sh", "kubectl get pod; ./login.sh", "staging: calls kubectl without"),
        ("${{ needs.build.outputs.image }}", "shop", "staging: deploys shop, which n"),
        ("needs.build.outputs", "needs.test.outputs", "staging: deploys ${{needs.te"),
        (
            "${{ needs.build.outputs.image }}",
            "ghcr.io/example/shop:${{ github.sha }}",
            "staging: deploys ghcr.io/example/shop:${{github.sha}}, and a tag",
        ),
    ],
)
def test_each_fault_is_found(old: str, new: str, told: str) -> None:
    """Whatever is spoilt is told, with the job in which it happens, and nothing else."""
    good = text("delivery/staging_and_promotion/deliver.yml")
    assert old in good
    (found,) = faults(good.replace(old, new, 1))

    assert found.startswith(told)


ACTION = "uses: aws-actions/configure-aws-credentials@v6"


@pytest.mark.proves("workflow-faults")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (  # a job that asks for its branch may push, whatever starts the workflow
            "  push:\n    branches: [main]\n\npermissions: {}\n\njobs:\n  # --8<-- [start:build]\n  build:\n",
            "  pull_request:\n\njobs:\n  build:\n    if: github.ref == 'refs/heads/main'\n",
        ),
        ("on:\n", '"on":\n'),
        ('build --tag "$IMAGE" .', 'build --pull \\\n            -t "${IMAGE}" .'),
        ('build --tag "$IMAGE"', 'build --tag="$IMAGE"'),
        ("run: ./login.sh", ACTION),
        ("run: ./login.sh", f"uses: azure/setup-kubectl@v5\n      - {ACTION}"),
        ("kubectl rollout", "kubectl -n shop rollout"),
        ("set image deploy", "set image --namespace=shop deploy"),
        (
            "        id: push\n",
            "        id: push\n        env: {IMAGE: ghcr.io/a/b:c}\n",
        ),
    ],
)
def test_what_is_as_good_is_not_accused(old: str, new: str) -> None:
    """Another way to say the same is no fault."""
    good = text("delivery/staging_and_promotion/deliver.yml")
    assert old in good

    assert [] == [*faults(good.replace(old, new, 1))]


def test_a_variable_is_put_in_wherever_it_is_set() -> None:
    """Those of the step come before those of the job, with braces or without."""
    step = {"env": {"B": "c", "C": "d"}, "run": "echo $A ${B} $C_1"}

    assert "echo 1 c $C_1\n" == script({"env": {"A": 1, "B": "b"}, "steps": [step]})


def test_a_job_stands_after_what_it_needs() -> None:
    """The graph is in order, however the file is."""
    jobs = "jobs: {deploy: {needs: build}, build: {needs: [test]}, test: {}}"

    assert ["test", "build", "deploy"] == [*needs(jobs)]


def required(rules: list[dict[str, Any]]) -> set[str]:
    """Name the checks that rules require."""
    (rule,) = (each for each in rules if each["type"] == "required_status_checks")
    return {each["context"] for each in rule["parameters"]["required_status_checks"]}


def table(checks: set[str]) -> dict[str, bool]:
    """Let each job of a pull request fail, and say whether it is merged all the same."""
    jobs = reported(text("delivery/pipeline/ci.yml"))
    needed = {jobs[check] for check in checks}
    graph = needs(text("delivery/pipeline/ci.yml"))
    return {job: merges(graph, job, needed) for job in jobs.values()}


def rows(happened: dict[str, bool]) -> str:
    """Write what happened to each."""
    return "\n".join(
        f"{job:<9} fails: {'merged' if merged else 'not merged'}"
        for job, merged in happened.items()
    )


@pytest.mark.proves("required-checks")
def test_every_check_of_a_pull_request_is_required(output: Output) -> None:
    """Whatever job fails, the pull request is not merged; and no other check is awaited."""
    ruleset = json.loads(text("delivery/pipeline/ruleset.json"))
    checks = required(ruleset["rules"])
    rules = {rule["type"]: rule.get("parameters", {}) for rule in ruleset["rules"]}
    review = rules["pull_request"]
    assert ("active", []) == (ruleset["enforcement"], ruleset["bypass_actors"])
    assert ["~DEFAULT_BRANCH"] == ruleset["conditions"]["ref_name"]["include"]
    assert {"deletion", "non_fast_forward"} <= {*rules}
    assert 1 == review["required_approving_review_count"]
    assert review["dismiss_stale_reviews_on_push"]
    assert review["require_last_push_approval"]
    assert rules["required_status_checks"]["strict_required_status_checks_policy"]
    assert {*reported(text("delivery/pipeline/ci.yml"))} == checks
    happened = table(checks)

    assert {"lint", "test", "security", "build"} == {*happened}
    assert not any(happened.values())
    assert merges(needs(text("delivery/pipeline/ci.yml")), "deploy-staging", {"build"})
    output.check("delivery/pipeline/ruleset.out", rows(happened))


@pytest.mark.proves("required-checks")
def test_a_new_job_is_missed_by_the_rule() -> None:
    """A condition does not hide a job, unless it is that of a deploy from main."""
    begun = text("delivery/pipeline/ci.yml").partition("jobs:\n")[2]
    job = "  new:\n    if: github.actor != 'bot'\n    steps: []\n"

    assert "new" in reported(f"jobs:\n{job}{begun}")
    assert "deploy-staging" not in reported(f"jobs:\n{begun}").values()


@pytest.mark.harm("required-checks")
def test_the_last_check_alone_lets_failures_in(output: Output) -> None:
    """If the last job alone is required, failing tests skip it, and skipped is passed."""
    rule = json.loads(text("delivery/pipeline/ruleset_dont.json"))
    happened = table(required([rule]))

    assert [job for job, merged in happened.items() if not merged] == ["build"]
    output.check("delivery/pipeline/ruleset_dont.out", rows(happened))
