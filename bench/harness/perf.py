"""What a process does while a load runs: `perf record` by function, and its threads' time on a core, ready and asleep."""

import collections
import os
import re
import subprocess
import time

KERNEL = re.compile(r"^\[(kernel|guest)|^\[unknown\]$|\.ko$|vmlinux")
ENTRY = re.compile(r"^(?:__(?:x64|arm64)_sys_|ksys_|do_(?=epoll_wait|writev))(\w+)$")  # the outer one is often inlined
FRAME = re.compile(r"^\s+([0-9a-f]+) (.*) \((.*)\)$")
# Of the kernel, but no call of the program's: the clock, other processors, pages that are touched for the first time.
INTERRUPTS = ("asm_sysvec", "sysvec", "asm_exc", "exc_page_fault", "asm_common_interrupt", "ret_from_fork", "irqentry")


def available():
    return subprocess.run(["perf", "--version"], capture_output=True).returncode == 0


class Recording:
    """`perf record` of one process until `stop`. Call chains by DWARF: release builds keep no frame pointers."""

    def __init__(self, pid, file, hertz=1999):
        self.file = file
        self.process = subprocess.Popen(["perf", "record", "-F", str(hertz), "--call-graph", "dwarf,8192", "-o", file,
                                         "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 10
        while not os.path.exists(file):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"perf record: {self.process.stderr.read().decode()}")
            time.sleep(0.01)

    def stop(self):
        self.process.send_signal(2)  # as Ctrl-C: it writes what it has
        self.process.communicate(timeout=60)
        return samples_of(self.file)


class Sample:
    """`thread`: its name and id. `frames`: (function, is of the kernel), the innermost first."""

    def __init__(self, thread, frames):
        self.thread, self.frames = thread, frames

    @property
    def in_kernel(self):
        return bool(self.frames) and self.frames[0][1]

    @property
    def call(self):
        """The system call in which the sample was taken, or "interrupts"; None in user space."""
        if not self.in_kernel:
            return None
        kernel = [name for name, of_kernel in self.frames if of_kernel]
        for name in reversed(kernel):
            if found := ENTRY.match(name):
                return found.group(1)
        if any(name.startswith("exit_to_user_mode_loop") for name in kernel):
            return "another thread's turn"  # which came when a call was over
        if any(name.startswith(INTERRUPTS) for name in kernel):
            return "interrupts"
        return "entry and exit"


def short(name):
    """A function without its parameters and without what templates say about themselves."""
    name = re.sub(r"\[clone [^]]*\]", "", name).strip()
    name = name.replace("(anonymous namespace)::", "").replace("std::__cxx11::", "std::")
    name = name.replace("firstcome::", "").replace("operator()", "operator$")
    out, depth = [], 0
    for at, c in enumerate(name):
        if c == "<" and not name[:at].endswith("operator"):
            depth += 1
        elif c == ">" and depth and not name[:at].endswith("-"):
            depth -= 1
        elif c == "(" and depth == 0:
            break
        elif depth == 0:
            out.append(c)
    return "".join(out).replace("operator$", "operator()").split(" ")[-1] or name


def samples_of(file):
    """The samples of a recording."""
    return samples_in(subprocess.run(["perf", "script", "-i", file, "--no-inline", "-F", "comm,tid,ip,sym,dso"], capture_output=True,
                                     text=True, errors="replace", check=True).stdout)


def samples_in(text):
    """The samples in what `perf script` says."""
    found, thread, frames = [], None, []
    for line in text.splitlines() + [""]:
        if not line.strip():
            if thread and frames:
                found.append(Sample(thread, frames))
            thread, frames = None, []
        elif match := FRAME.match(line):
            ip, symbol, dso = match.groups()
            of_kernel = bool(KERNEL.search(dso)) or ip.startswith("ffff")
            symbol = re.sub(r"\+0x[0-9a-f]+$", "", symbol)
            if symbol == "[unknown]":
                symbol = f"[{os.path.basename(dso)}]"
            frames.append((symbol if of_kernel else short(symbol), of_kernel))
        elif not line.startswith((" ", "\t")):
            thread = tuple(line.split()[-2:]) if len(line.split()) > 1 else (line.strip(), "")
    return found


def shares(samples, of):
    """How many of the samples each answer of `of` (a list of names, each counted once) is in, the largest first."""
    counts = collections.Counter(name for one in samples for name in set(of(one)))
    return [(name, count / len(samples)) for name, count in counts.most_common()] if samples else []


class Threads:
    """Of a process: for how long each thread was on a core, stood ready without one, or slept, since this was made."""

    def __init__(self, pid):
        self.pid, self.began = pid, time.monotonic()
        self.first = self.now()

    def now(self):
        found = {}
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{thread}/schedstat") as stat, \
                        open(f"/proc/{self.pid}/task/{thread}/comm") as comm:
                    ran, waited, _ = map(int, stat.read().split())
                    found[thread] = (comm.read().strip(), ran, waited)
            except FileNotFoundError:
                pass
        return found

    def shares(self):
        """(name, on a core, ready, asleep) as shares of the time that passed, for every thread that did something."""
        passed, found = (time.monotonic() - self.began) * 1e9, []
        for thread, (name, ran, waited) in self.now().items():
            _, ran_before, waited_before = self.first.get(thread, (name, 0, 0))
            on, ready = (ran - ran_before) / passed, (waited - waited_before) / passed
            if on > 0.005:
                found.append((name, on, ready, max(0.0, 1 - on - ready)))
        return sorted(found, key=lambda one: -one[1])


CALL_LINE = re.compile(r"^\s+(\w+)\s+(\d+)\s+(?:\d+\s+)?([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+")
THREAD_LINE = re.compile(r"^ (\S+) \((\d+)\), (\d+) events")


class Tracing:
    """`perf trace` of a process for so long. `calls`, afterwards, of each thread: {call: (how many, ms together, ms each)}."""

    def __init__(self, pid, seconds):
        self.process = subprocess.Popen(["perf", "trace", "-s", "-p", str(pid), "--", "sleep", str(seconds)],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.calls = {}

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        thread = None
        for line in self.process.communicate(timeout=120)[0].splitlines():
            if match := THREAD_LINE.match(line):
                thread = self.calls.setdefault((match.group(1), match.group(2)), {})
            elif (match := CALL_LINE.match(line)) and thread is not None:
                thread[match.group(1)] = (int(match.group(2)), float(match.group(3)), float(match.group(5)))
