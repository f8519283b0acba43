"""deploy/ and docs/ name metrics, flags, settings and files of the program: every one of them must exist.

  check_deploy.py PROGRAM SOURCE_FOLDER

Nothing is started and no network is used. Prints what is wrong, and exits with 1.
"""
import json
import pathlib
import re
import subprocess
import sys

import yaml

COMMANDS = ("serve", "api", "worker", "migrate", "audit", "backup", "restore", "move", "coupon", "actions")
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")
# A name that the adapter in deploy/kubernetes/worker-autoscaling.yaml gives.
NOT_METRICS = {"firstcome_migration_lock", "firstcome_backlog"}
# Not settings of the program: the build's, ./dev's, the tests' and Locust's own.
OTHER_VARIABLES = re.compile(r"FIRSTCOME_(NO_INSTALL|LOAD_\w+|TEST_\w+|BENCH\w*|FUZZ\w*|TESTS|SANITIZE|BINARY|SOURCE_DIR|VERSION)$")
IN_CODE = re.compile(r'"(firstcome_[a-z_]+)"')


class problems:
    def __init__(self):
        self.found = []

    def add(self, where, what):
        self.found.append(f"{where}: {what}")


def help_of(program, command):
    return subprocess.run([program, *command.split(), "--help"], capture_output=True, text=True, timeout=30).stdout


def known_settings(program, commands):
    """{command: its flags} and every FIRSTCOME_ variable."""
    texts = {c: help_of(program, c) for c in commands}
    for c in list(texts):  # commands of commands: `coupon create`
        for sub in re.findall(r"^  ([a-z-]+) {4,}", texts[c].split("Subcommands:")[1] if "Subcommands:" in texts[c] else "", re.M):
            texts[f"{c} {sub}"] = help_of(program, f"{c} {sub}")
    flags = {c: set(re.findall(r"(--[a-z][a-z-]+)", text)) for c, text in texts.items()}
    variables = {v for text in texts.values() for v in re.findall(r"FIRSTCOME_[A-Z_]+", text)}
    return flags, variables


def known_metrics(source):
    names = set()
    for file in ("src/runtime/metrics.cpp", "src/worker/worker_metrics.cpp"):
        names |= set(IN_CODE.findall((source / file).read_text()))
    return names


def check_metrics(source, bad):
    metrics = known_metrics(source)
    files = [*source.glob("deploy/**/*.yaml"), *source.glob("deploy/**/*.json"), source / "docs/operations.md"]
    for file in files:
        for name in set(re.findall(r"\bfirstcome_[a-z_]+\b", file.read_text())):
            base = next((name[: -len(s)] for s in HISTOGRAM_SUFFIXES if name.endswith(s)), name)
            if name not in metrics | NOT_METRICS and base not in metrics:
                bad.add(file, f"there is no metric {name}")
    told = (source / "docs/operations.md").read_text()
    for name in sorted(metrics):
        if f"`{name}" not in told:
            bad.add("docs/operations.md", f"does not say what {name} means")


def check_variables(source, variables, bad):
    files = [f for f in source.glob("deploy/**/*") if f.is_file()] + [source / "README.md", source / "docs/operations.md"]
    for file in files:
        for name in set(re.findall(r"\bFIRSTCOME_[A-Z][A-Z_]+\b", file.read_text())):
            if name not in variables and not OTHER_VARIABLES.match(name):
                bad.add(file, f"there is no setting {name}")


def check_command_lines(source, flags, bad):
    """Every `firstcome COMMAND --flag…` in deploy/, the docs and the README."""
    files = [f for f in source.glob("deploy/**/*") if f.is_file()] + [source / "README.md", source / "docs/operations.md"]
    for file in files:
        text = file.read_text().replace("\\\n", " ")
        for line in re.findall(r"(?:^|[/`$ ])firstcome ([a-z][^\n`|;&]*)", text):
            words = line.split()
            command = " ".join(words[:2]) if " ".join(words[:2]) in flags else words[0]
            used = [w.split("=")[0].strip("[](),.") for w in words if w.startswith(("--", "[--"))]
            if used and command not in flags:
                bad.add(file, f"firstcome {command} is not known: {line.strip()}")
            for flag in used:
                if command in flags and flag not in flags[command] | flags.get(words[0], set()):
                    bad.add(file, f"firstcome {command} has no {flag}")


def check_parses(source, bad):
    for file in [*source.glob("deploy/**/*.yaml"), *source.glob("deploy/**/*.json")]:
        try:
            list(yaml.safe_load_all(file.read_text())) if file.suffix == ".yaml" else json.loads(file.read_text())
        except (yaml.YAMLError, ValueError) as why:
            bad.add(file, f"cannot be read: {why}")


def documents(folder):
    return [d for f in sorted(folder.glob("*.yaml")) for d in yaml.safe_load_all(f.read_text()) if d]


def check_kubernetes(source, bad):
    folder = source / "deploy/kubernetes"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for name in kustomization["resources"]:
        if not (folder / name).exists():
            bad.add("kustomization.yaml", f"there is no {name}")
    everything = documents(folder)
    secrets = {key for d in everything if d["kind"] == "Secret" for key in d["stringData"]}
    deployments = {d["metadata"]["name"]: d for d in everything if d["kind"] == "Deployment"}
    config = next(d for d in everything if d["kind"] == "ConfigMap")
    for d in everything:
        where = f"{d['kind']} {d.get('metadata', {}).get('name')}"
        if "apiVersion" not in d:
            bad.add(where, "has no apiVersion")
        target = d.get("spec", {}).get("scaleTargetRef", {}).get("name") if d["kind"] == "HorizontalPodAutoscaler" else None
        if target and target not in deployments:
            bad.add(where, f"scales {target}, which is not there")
        if d["kind"] in ("Service", "PodDisruptionBudget"):
            wanted = d["spec"]["selector"].get("matchLabels", d["spec"]["selector"])
            if not any(wanted.items() <= x["spec"]["template"]["metadata"]["labels"].items() for x in deployments.values()):
                bad.add(where, "selects no pod")
        if d["kind"] in ("Deployment", "Job"):
            check_pod(where, d, secrets, config["data"], bad)


def check_pod(where, d, secret_keys, config, bad):
    pod = d["spec"]["template"]["spec"]
    labels = d["spec"]["template"]["metadata"]["labels"]
    if d["kind"] == "Deployment" and not d["spec"]["selector"]["matchLabels"].items() <= labels.items():
        bad.add(where, "does not select its own pods")
    if not pod["securityContext"].get("runAsNonRoot"):
        bad.add(where, "may run as root")
    for c in pod["containers"]:
        if not c["securityContext"].get("readOnlyRootFilesystem"):
            bad.add(where, "may write to its file system")
        if "memory" not in c["resources"].get("limits", {}):
            bad.add(where, "has no limit of memory")
        for e in c.get("env", []):
            key = e.get("valueFrom", {}).get("secretKeyRef", {}).get("key")
            if key and key not in secret_keys:
                bad.add(where, f"wants the secret {key}, which the example lacks")
        if d["kind"] == "Deployment":
            if (c["livenessProbe"]["httpGet"]["path"], c["readinessProbe"]["httpGet"]["path"]) != ("/healthz", "/readyz"):
                bad.add(where, "has other probes")
            if pod["terminationGracePeriodSeconds"] * 1000 <= int(config["FIRSTCOME_DRAIN_TIMEOUT_MS"]) + 5000:
                bad.add(where, "is killed before it has drained")


def check_compose(source, bad):
    compose = yaml.safe_load((source / "deploy/compose.yaml").read_text())
    example = (source / "deploy/.env.example").read_text()
    text = (source / "deploy/compose.yaml").read_text()
    for name in set(re.findall(r"(?<!\$)\$\{([A-Z_]+):\?", text)):
        if not re.search(rf"^{name}=", example, re.M):
            bad.add("compose.yaml", f"needs {name}, which .env.example lacks")
    for name, service in compose["services"].items():
        for other in service.get("depends_on", []):
            if other not in compose["services"]:
                bad.add("compose.yaml", f"{name} depends on {other}, which is not there")
        for volume in service.get("volumes", []):
            host = volume.split(":")[0]
            if host.startswith("."):
                if not (source / "deploy" / host).exists():
                    bad.add("compose.yaml", f"{name} mounts {host}, which is not there")
            elif host not in compose["volumes"]:
                bad.add("compose.yaml", f"{name} mounts {host}, which is no volume")


def check_redis(source, bad):
    """What a node insists on (src/redis/handshake.cpp)."""
    lines = [line.split() for line in (source / "deploy/redis/redis.conf").read_text().splitlines()]
    for wanted in ("appendonly yes", "appendfsync always", "no-appendfsync-on-rewrite no", "maxmemory-policy noeviction"):
        if wanted.split() not in lines:
            bad.add("redis.conf", f"lacks: {wanted}")


def main(program, source):
    source = pathlib.Path(source)
    bad = problems()
    known = help_of(program, "")
    commands = [c for c in (*COMMANDS, "dead-letters", "lab") if re.search(rf"^  {c} ", known, re.M)]
    flags, variables = known_settings(program, commands)
    check_parses(source, bad)
    if not bad.found:
        check_metrics(source, bad)
        check_variables(source, variables, bad)
        check_command_lines(source, flags, bad)
        check_kubernetes(source, bad)
        check_compose(source, bad)
        check_redis(source, bad)
    for one in bad.found:
        print(one)
    print(f"{len(bad.found)} problems; {len(known_metrics(source))} metrics, {len(variables)} variables, "
          f"{sum(map(len, flags.values()))} flags of {len(flags)} commands are known")
    return 1 if bad.found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
