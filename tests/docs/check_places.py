"""docs/hacking.md says where a new thing goes and where one is decided: every file and folder that it names must be there, and so must
what it names in them. Every folder of src/ and tests/ must be named there or, those of tests/, at the top of tests/CMakeLists.txt.

  check_places.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

PATH = re.compile(r"`((?:src|tests|web|docs|bench|lab|deploy|packaging|load-test|cmake)/[\w./-]*|CHANGELOG\.md)`")
MADE_UP = ("src/cli/NAME.cpp", "tests/fuzz/NAME_fuzz.cpp", "tests/fuzz/corpus/NAME")
# What the table says is in a file.
HOLDS = {
    "src/api/routes.cpp": "constexpr route table[]",
    "src/api/routes.hpp": "enum class operation",
    "src/cli/firstcome.cpp": "commands[]",
    "src/cli/command.hpp": "void add_serve(program& p);",
    "src/cli/http_options.cpp": "describe_network",
    "src/cli/store_options.cpp": "make_ledger",
    "src/issuing/embedded/writer.hpp": "checkpoint_if_due",
    "src/api/roles_test.cpp": "expected = {",
    "tests/deploy/check_deploy.py": "COMMANDS",
    "src/domain/verdict.hpp": "enum class verdict",
    "src/cli/http_front.cpp": "limits_of(",
    "src/ledger/sqlite/upgrade.cpp": "version_1",
    "src/issuing/wait_estimator.hpp": "worth_waiting",
    "src/sql/mysql.hpp": "struct mysql_timeouts",
    "src/issuing/distributed/coupon_batcher.hpp": "struct batcher_context",
    "tests/fuzz/CMakeLists.txt": "readers",
    "src/sql/sqlite.cpp": "busy_timeout_ms",
    "src/cli/coupon_view.cpp": "coupon_columns",
    "src/api/application.cpp": "::prove(",
    "tests/sim/embedded/embedded_world.cpp": "::begin(",
    "tests/sim/distributed/distributed_world_faults.cpp": "::begin(",
}
WANTED = ("route", "setting", "sub-command", "store", "column", "gate rule", "page", "background job", "component of a node", "metric",
          "strategy of the lab", "query parameter", "fuzz target", "alert", "algorithm of users' tokens", "fault for the simulation", "word")
DECIDED = ("a request is refused early (`overloaded`)", "an error of Redis is taken (LOADING, MOVED, …)", "long a statement may take", "`audit` finds a fault")


def unnamed_folders(source, text):
    tests = (source / "tests/CMakeLists.txt").read_text(encoding="utf-8")
    for room in sorted(f.name for f in (source / "src").iterdir() if f.is_dir()):
        if f"src/{room}" not in text:
            yield f"docs/hacking.md does not say what src/{room} is"
    for folder in sorted(f.name for f in (source / "tests").iterdir() if f.is_dir() and any(f.iterdir())):
        if f"tests/{folder}" not in text and f"#   {folder}/" not in tests:
            yield f"neither docs/hacking.md nor the top of tests/CMakeLists.txt says what tests/{folder} is"


def main(source):
    text = (source / "docs/hacking.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+?) \| (.*) \|$", text, re.M))
    problems = [f"docs/hacking.md does not say where a new {each} goes" for each in WANTED if each not in rows]
    problems += [f"docs/hacking.md does not say how {each}" for each in DECIDED if each not in rows]
    problems += unnamed_folders(source, text)
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
