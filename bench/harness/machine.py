"""What the figures were taken on: cores, processor, kernel, file system, and how long its disk takes to sync."""

import os
import platform
import statistics
import subprocess
import time


def describe(folder, repository):
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "system": system_name(),
        "file_system": file_system_of(folder),
        "commit": commit_of(repository),
        "load_average_before": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def processor():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.machine()


def system_name():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, AttributeError):
        return platform.system()


def file_system_of(folder):
    """The type of the longest mount point that the folder lies under."""
    folder = os.path.realpath(folder)
    best = ("", "unknown")
    with open("/proc/mounts") as mounts:
        for line in mounts:
            _, point, kind = line.split()[:3]
            inside = folder == point or folder.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best[0]):
                best = (point, kind)
    return best[1]


def commit_of(repository):
    def git(*arguments):
        return subprocess.run(["git", "-C", repository, *arguments], capture_output=True, text=True).stdout.strip()

    commit = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return commit + " with changes" if git("status", "--porcelain", "--untracked-files=no") else commit


def sync_times_us(folder, appending, count=300):
    """4 KiB written and fdatasync'ed, `count` times: over a file that has its size already, or each time at its end."""
    path = os.path.join(folder, "sync-probe")
    block = os.urandom(4096)
    times = []
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
    try:
        if not appending:
            os.write(file, block * 256)
            os.fsync(file)
        for i in range(count):
            began = time.perf_counter_ns()
            os.pwrite(file, block, (i if appending else i % 256) * len(block))
            os.fdatasync(file)
            times.append((time.perf_counter_ns() - began) / 1000)
    finally:
        os.close(file)
        os.unlink(path)
    return times


def median(values):
    return statistics.median(values)
