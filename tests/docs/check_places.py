"""docs/hacking.md says where a new thing goes: every file and folder that it names must be there, and so must what it names in them.

  check_places.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

PATH = re.compile(r"`((?:src|tests|web|docs|bench|lab)/[\w./-]*|CHANGELOG\.md)`")
MADE_UP = ("src/cli/NAME.cpp",)
# What the table says is in a file.
HOLDS = {
    "src/api/routes.cpp": "constexpr route table[]",
    "src/api/routes.hpp": "enum class operation",
    "src/cli/firstcome.cpp": "commands[]",
    "src/cli/command.hpp": "void add_serve(program& p);",
    "src/cli/http_options.cpp": "describe_network",
    "src/cli/store_options.cpp": "make_ledger",
    "src/issuing/embedded/writer.hpp": "tidy_up",
    "src/api/roles_test.cpp": "expected = {",
    "tests/deploy/check_deploy.py": "COMMANDS",
    "src/domain/verdict.hpp": "enum class verdict",
}
WANTED = ("route", "setting", "sub-command", "store", "gate rule", "page", "background job", "metric")


def main(source):
    text = (source / "docs/hacking.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w -]+) \| (.*) \|$", text, re.M)
    problems = [f"docs/hacking.md does not say where a new {each} goes" for each in WANTED if each not in dict(rows)]
    named = [path for path in PATH.findall(text) if path not in MADE_UP]
    problems += [f"docs/hacking.md names {path}, which is not there" for path in named if not (source / path).exists()]
    for path, held in HOLDS.items():
        if path not in named:
            problems.append(f"docs/hacking.md does not name {path} any more: take it out of tests/docs/check_places.py")
        elif (source / path).exists() and held not in (source / path).read_text(encoding="utf-8"):
            problems.append(f"{path} does not hold \"{held}\" any more: docs/hacking.md leads there for it")
    print("\n".join(problems) or f"{len(named)} places of docs/hacking.md are there.")
    return 1 if problems or len(named) < 20 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
