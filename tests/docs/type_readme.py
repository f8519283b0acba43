"""README.md, typed: its blocks are run top to bottom, and what they print is compared with what the page shows.

  type_readme.py SOURCE_FOLDER FOLDER_OF_THE_PROGRAMS

The page is typed in a folder of its own, in which ./dev builds and installs nothing: the programs are those of the second
argument. Ports are replaced by free ones, on the way in and back on the way out. Blocks are read by their language:

  sh       commands
  console  `$ command`, and below it what it prints; without a $: what the last one that was typed has printed
  text     shown only

Exits with 1 when something printed is another, a command fails, or a file lies outside build/ and data/.
"""
import contextlib
import ctypes
import os
import pathlib
import random
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

# What is not typed, and why. Each must stand on the page.
NOT_TYPED = {
    "./dev test": "it runs this test",
    "./dev sim --minutes 10": "takes ten minutes; the test sim.more_seeds runs fifteen hundred histories",
    "./dev faults --minutes 10": "takes ten minutes; the tests faults.* do some",
    "./dev lab": "takes minutes; the tests lab.* run parts of it",
}
# Until Ctrl-C; each in a terminal of its own, which the page says to stop before the next one starts.
STAYS = ("./dev run", "build/release/firstcome serve --listen 127.0.0.1:8080 --data-dir ./data")
NEEDS_SERVERS = ("redis-server", "redis-cli", "mariadbd", "mariadb", "mariadb-admin", "mariadb-install-db")
PORTS = ("8080", "8081", "7379", "7306")
DEADLINE_S = 60  # of one command, on a machine that others use

# What is another each time.
VARIES = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"), "(time)"),
    (re.compile(r"^Date: .*$", re.M), "Date: (time)"),
    (re.compile(r"\d+ answers/s in [\d.]+ s +p50 [\d.]+ ms +p99 [\d.]+ ms +max [\d.]+ ms"), "(speed)"),
    # A slow machine may refuse and be asked again; then more was tried.
    (re.compile(r"^  (overloaded|unknown) +\d+ ", re.M), r"  \1 (n) "),
    (re.compile(r"^  (held|not tried) +(2|6|9|10)\. ([^(\n]*?)(  \(.*\))?$", re.M), r"  (tried or not) \2. \3"),
    (re.compile(r"[ \t\r]+$", re.M), ""),
]


YES = re.compile(r"^  (admitted|already) +\d+ ", re.M)


class wrong(Exception):
    pass


def same_form(text):
    for pattern, instead in VARIES:
        text = pattern.sub(instead, text)
    return text.strip("\n")


def blocks_of(page):
    """(language, line number, text) of each block."""
    found, language, started, lines = [], None, 0, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"^```(\w*)$", line)
        if not fence:
            lines.append(line)
        elif language is None:
            language, started, lines = fence.group(1), number, []
        else:
            found.append((language, started, "\n".join(lines)))
            language = None
    return found


def commands_of(text):
    """Lines that belong together: continued by a backslash, or inside quotes."""
    command = ""
    for line in text.splitlines():
        command += line + "\n"
        if line.endswith("\\") or command.count("'") % 2 == 1 or re.sub(r"\\.|'[^']*'", "", command).count('"') % 2 == 1:
            continue
        if command.strip():
            yield command.rstrip("\n")
        command = ""


def without_comment(command):
    return re.sub(r"\s+# .*$", "", command, flags=re.M).strip()


def free_ports(count):
    """Below those that the kernel gives to clients, so that none of them takes one before its server does."""
    found = set()
    while len(found) < count:
        port = random.randrange(12000, 32000)
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            found.add(str(port))
    return found


def children_of(parent):
    """From /proc: a bare system has no pgrep."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


class terminal:
    """A shell with job control, as a person has one. Standard error goes to a file."""

    def __init__(self, folder, environment):
        self.log = open(folder / "build" / "typed.log", "ab")
        self.shell = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=self.log, start_new_session=True)
        self.seen = ""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.shell.stdout, selectors.EVENT_READ)
        self.say("set -m")

    def say(self, line):
        self.shell.stdin.write((line + "\n").encode())
        self.shell.stdin.flush()

    def read_until(self, pattern):
        until = time.monotonic() + DEADLINE_S
        while not (match := re.search(pattern, self.seen)):
            if time.monotonic() > until:
                raise wrong(f"not there in {DEADLINE_S} s: {pattern!r}\nprinted so far:\n{self.seen}")
            if self.selector.select(timeout=1):
                part = os.read(self.shell.stdout.fileno(), 65536)
                if not part:
                    raise wrong(f"the shell ended; it printed:\n{self.seen}")
                self.seen += part.decode(errors="replace")
        before, self.seen = self.seen[: match.start()], self.seen[match.end():]
        return before, match

    def run(self, command):
        """(what it printed, its exit code)"""
        self.say(f"{command}\nprintf '\\n(typed %s)\\n' $?")
        printed, match = self.read_until(r"\n\(typed (\d+)\)\n")
        return printed, int(match.group(1))


class reader:
    """Types the page."""

    def __init__(self, folder, has_servers):
        self.folder, self.has_servers = folder, has_servers
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FIRSTCOME_") and k != "TZ"}
        self.environment |= {"FIRSTCOME_NO_INSTALL": "1", "FIRSTCOME_NO_BUILD": "1", "LC_ALL": "C.UTF-8"}
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        self.environment["FIRSTCOME_URL"] = f"http://127.0.0.1:{self.ports['8080']}"  # its default names the port 8080
        self.node = None  # the terminal in which ./dev run stays
        self.typist = terminal(folder, self.environment)
        self.printed = None
        self.not_typed, self.count, self.compared = set(), 0, 0

    def to_real(self, text):
        for shown, real in self.ports.items():
            text = re.sub(rf"(?<=[:=\s]){shown}\b", real, text)
        return text

    def to_shown(self, text):
        for shown, real in self.ports.items():
            text = re.sub(rf"(?<=:){real}\b", shown, text)
        return text

    def type(self, command):
        plain = without_comment(command)
        if plain in NOT_TYPED:
            self.not_typed.add(plain)
            return None
        self.count += 1
        if plain in STAYS:
            return self.start_node(plain)
        printed, code = self.typist.run(self.to_real(command))
        if code != 0:
            raise wrong(f"exit code {code}, and it printed:\n{printed}")
        return self.to_shown(printed)

    def start_node(self, command):
        self.stop_node()
        self.node = terminal(self.folder, self.environment)
        port = self.ports["8080"]
        if command.startswith("./dev"):
            self.node.say(f"{command} --listen 127.0.0.1:{port}")
            printed, match = self.node.read_until(r"\nCtrl-C ends it;[^\n]*\n")
            return self.to_shown(printed + match.group(0))
        self.node.say(self.to_real(command))
        self.typist.run(f"curl -s --retry 50 --retry-delay 1 --retry-all-errors -o /dev/null -f http://127.0.0.1:{port}/readyz")
        return ""

    def stop_node(self):
        """Ctrl-C, as the page says; the script answers the node's exit code."""
        if self.node is None:
            return
        for pid in children_of(self.node.shell.pid):
            os.kill(pid, signal.SIGINT)
        self.node.say("printf '\\n(ended %s)\\n' $?")
        _, match = self.node.read_until(r"\(ended (\d+)\)\n")
        self.node = None
        if match.group(1) != "0":
            raise wrong(f"the node ended with exit code {match.group(1)}")

    def compare(self, shown):
        if self.printed is None:
            return
        self.compared += 1
        expected, seen = same_form(shown), same_form(self.printed)
        if re.search(r"^  unknown +[1-9]", self.printed, re.M):  # whose answer got lost has it already when asking again
            expected, seen = (YES.sub(r"  \1 (n) ", text) for text in (expected, seen))
        if expected != seen:
            raise wrong(f"the page shows:\n{expected}\n\nand this was printed:\n{seen}")

    def read_block(self, language, text):
        if language == "sh":
            if "redis-server" in text:
                self.stop_node()
            if not self.has_servers and ("7379" in text or "%1" in text):
                print("type_readme: without a Redis and a MariaDB, or not as root: distributed part not typed")
                return
            for command in commands_of(text):
                printed = self.type(command)
                self.printed = self.printed if printed is None else printed
        elif language == "console":
            command, _, shown = text.partition("\n")
            if command.startswith("$ "):
                while command.endswith("\\"):
                    more, _, shown = shown.partition("\n")
                    command += "\n" + more
                self.printed = self.type(command[2:])
            else:
                shown = text
            self.compare(shown)
        elif language != "text":
            raise wrong(f"a block says what it is: sh, console or text, not \"{language}\"")


def prepared(source, programs, folder):
    """The tree as far as the page needs it."""
    (folder / "build" / "release").mkdir(parents=True)
    for name in ("firstcome", "firstcome-lab", "firstcome-burst"):
        (folder / "build" / "release" / name).symlink_to(programs / name)
    shutil.copy(source / "dev", folder / "dev")
    return set(os.listdir(folder)) | {"data"}


def end_all_children():
    """Also those whose parents are gone: they are ours, see PR_SET_CHILD_SUBREAPER."""
    until = time.monotonic() + 10
    while pids := children_of(os.getpid()):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > until:
            return
        time.sleep(0.05)


def main(source, programs):
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: who loses a parent comes to us
    has_servers = os.geteuid() == 0 and all(shutil.which(each) for each in NEEDS_SERVERS)
    page = source / "README.md"
    with tempfile.TemporaryDirectory(prefix="typed-") as name:
        folder = pathlib.Path(name)
        allowed = prepared(source, programs, folder)
        typist = reader(folder, has_servers)
        try:
            for language, line, text in blocks_of(page):
                try:
                    typist.read_block(language, text)
                except wrong as why:
                    print(f"README.md:{line}: {why}\n\nstandard error:\n{(folder / 'build/typed.log').read_text()[-3000:]}")
                    return 1
            typist.stop_node()
        finally:
            end_all_children()
        outside = set(os.listdir(folder)) - allowed
        stale = set(NOT_TYPED) - typist.not_typed
    for problem in [f"this was written outside build/ and data/: {each}" for each in sorted(outside)] + \
                   [f"is not on the page: {each}" for each in sorted(stale)]:
        print(problem)
    print(f"{typist.count} commands of README.md typed, {typist.compared} of them compared, {len(NOT_TYPED)} not typed.")
    return 1 if outside or stale or not typist.compared else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
