"""`serve` when twice as much comes as it can do, on an open loop."""

import json
import os
import subprocess

from . import machine, processes

CONNECTIONS = 9000  # more than two batches hold
PEAK_CONNECTIONS = 512
MIB = 1 << 20


def measure(build, folder, quick, repository, progress):
    cores = processes.Cores()
    seconds = 5 if quick else 30
    server = processes.Server(build, folder, "overload", cores, connections_max=2 * CONNECTIONS)
    try:
        progress(f"overload for {seconds} s")
        command = [os.path.join(build, "firstcome-overload"), "--url", f"http://127.0.0.1:{server.port}",
                   "--coupon", str(server.create_coupon()), "--server-pid", str(server.pid),
                   "--connections", str(CONNECTIONS), "--peak-connections", str(PEAK_CONNECTIONS),
                   "--seconds", str(seconds)]
        run = subprocess.run(command, capture_output=True, text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, cores.client))
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{run.stdout}{run.stderr}")
    finally:
        server.stop()
    return {"machine": machine.describe(folder, repository), "seconds": seconds, "overload": json.loads(run.stdout)}, cores


def print_report(result):
    of = result["overload"]
    print(f"\noverload: offered {of['offered_per_second'] / of['peak_per_second']:.1f} × the peak for "
          f"{result['seconds']} s, open loop, {CONNECTIONS:,} connections")
    print(f"  {'':<16}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'server CPU µs/request':>24}")
    rows = [("peak", "peak", None, "cpu_us_accepted"), ("offered", "offered", None, None),
            ("accepted", "accepted", "accepted_ms", None), ("refused", "refused", "refused_ms", "cpu_us_refused"),
            ("unknown", "unknown", None, None)]
    for name, rate, latency, cpu in rows:
        line = f"  {name:<16}{of[rate + '_per_second']:>12,.0f}"
        line += f"{of[latency]['p50']:>10.2f}{of[latency]['p99']:>10.2f}" if latency else f"{'':>20}"
        print(line + (f"{of[cpu]:>24.2f}" if cpu and of[rate + "_per_second"] > 0 else ""))
    print(f"  accepted, of the peak         {of['of_peak']:.2f}")
    print(f"  peak when all is over         {of['peak_again_per_second']:,.0f} /s")
    print(f"  found no free connection      {of['unsent']:,}")
    print(f"  others had the core           {of['waited_share']:.0%} of the time")
    print(f"  slowest answer                {of['slowest_answer_ms']:.0f} ms")
    print(f"  memory                        {of['rss_at_peak'] / MIB:.0f} MiB at the peak, "
          f"{of['rss_first_half'] / MIB:.0f} and {of['rss_second_half'] / MIB:.0f} MiB in the overload's two halves")
    again = f"{of['normal_after_ms']:.0f} ms" if of["normal_after_ms"] >= 0 else "never"
    print(f"  normal again after            {again} (before: p50 {of['normal_ms']['p50']:.2f} ms)")
