"""Clients that generators make from a node's own /openapi.json: made, compiled and run against that node.

  check_clients.py PROGRAM BUILD_FOLDER [--only LANGUAGE]… [--generator VERSION]…

Each generator in PINS, each language, and both forms of ids. What cannot be had here is skipped by its name; exits with 1 when something
failed, or when nothing ran. Generators and libraries come from their own registries, pinned, into BUILD_FOLDER.
"""
import argparse
import contextlib
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import toolchains

# openapi-generator-cli on Maven Central: version, SHA-256. The newest of the day, and one that many still have.
PINS = {
    "7.25.0": "41ce4f6b07f196676439d710759fa1ced7a08066d06ff1bf314681470289efae",
    "7.17.0": "25d6bd8273dd2be99979d544b62ea43f0ce1975f1aa582678b5093d1e7fcfce8",
}
# No number of JavaScript holds this one: the first user wherever the language can write it.
BEYOND_DOUBLES = 2**53 + 1
READY_DEADLINE_S = 60


@contextlib.contextmanager
def node(program, ids):
    """A node with an empty ledger on a free port; gives its URL and its admin token."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        command = [program, "serve", "--listen", "127.0.0.1:0", "--ids", ids, "--data-dir", folder / "data",
                   "--port-file", folder / "port"]
        with open(folder / "log", "w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                yield when_ready(process, folder), (folder / "data/admin.token").read_text().strip()
            finally:
                process.terminate()


def when_ready(process, folder):
    deadline = time.monotonic() + READY_DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            url = f"http://{(folder / 'port').read_text().strip()}"
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
            return url
        except (OSError, ValueError):
            time.sleep(0.05)
    sys.exit("the node does not start:\n" + (folder / "log").read_text())


def generator_of(version, folder):
    """The jar, from Maven Central, and only the one that was pinned."""
    jar = folder / f"openapi-generator-cli-{version}.jar"
    if not jar.exists():
        toolchains.run([*toolchains.maven(folder), "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
                        f"-Dartifact=org.openapitools:openapi-generator-cli:{version}", f"-DoutputDirectory={folder}"],
                       folder, folder / f"generator-{version}.log")
    found = hashlib.sha256(jar.read_bytes()).hexdigest()
    if found != PINS[version]:
        sys.exit(f"{jar} has the SHA-256 {found}, and not that which is pinned")
    return jar


def one_client(language, version, ids, jar, document, address, folder):
    """How it ended: a word, and the log where that says more."""
    work = folder / version / ids / language.name
    log = folder / f"{language.name}-{version}-{ids}.log"
    log.unlink(missing_ok=True)
    first_user = 7 if ids == "number" and not language.has_64_bit_numbers else BEYOND_DOUBLES
    step = "generated"
    try:
        toolchains.generate(jar, document, language, work, log)
        step = "compiled"
        command = language.compile(work, version, ids, log)
        step = "run"
        toolchains.run([*command, *address, str(first_user)], work, log)
    except toolchains.failed as why:
        return f"FAILED: not {step} ({why})"
    return "works"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", action="append", choices=[each.name for each in toolchains.LANGUAGES], metavar="LANGUAGE",
                        help="python, typescript, go, java or rust; may be repeated")
    parser.add_argument("--generator", action="append", choices=PINS, metavar="VERSION", help=f"{' or '.join(PINS)}; may be repeated")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if missing := toolchains.missing_of(["java", "mvn"]):
        sys.exit(f"no client can be made: openapi-generator needs {missing}")

    languages = [each(folder) for each in toolchains.LANGUAGES if not arguments.only or each.name in arguments.only]
    skipped = {each.name: why for each in languages if (why := each.why_not())}
    ended = []
    for version in arguments.generator or PINS:
        jar = generator_of(version, folder)
        for ids in ("number", "string"):
            with node(arguments.program.resolve(), ids) as address:
                document = folder / f"openapi-{ids}.json"
                urllib.request.urlretrieve(f"{address[0]}/openapi.json", document)
                for language in languages:
                    how = (f"skipped: {skipped[language.name]}" if language.name in skipped else
                           one_client(language, version, ids, jar, document, address, folder))
                    ended.append(how)
                    print(f"openapi-generator {version}  ids {ids:<6}  {language.name:<10}  {how}", flush=True)
    for language in languages:
        if language.name not in skipped:
            print(f"{language.name}: {language.versions()}")
    counts = [sum(each.startswith(word) for each in ended) for word in ("works", "FAILED", "skipped")]
    print(f"clients: {counts[0]} worked, {counts[1]} failed, {counts[2]} skipped; logs: {folder}")
    return 1 if counts[1] or not counts[0] else 0


if __name__ == "__main__":
    sys.exit(main())
