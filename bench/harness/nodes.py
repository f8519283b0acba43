"""`firstcome api` and `firstcome worker` on stores of the benchmark's own."""

import os

from . import processes, stores

TOKEN = "benchmark-benchmark-benchmark-42"


def environment(redis, database_url):
    return dict(os.environ, FIRSTCOME_REDIS=redis.url, FIRSTCOME_DATABASE=database_url, FIRSTCOME_ADMIN_TOKEN=TOKEN)


class Node(stores.Process):
    def __init__(self, build, folder, name, kind, cores, redis, database_url, flags=()):
        port_file = os.path.join(folder, name + ".port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        super().__init__([os.path.join(build, "firstcome"), kind, "--listen", "127.0.0.1:0", "--port-file", port_file,
                          *flags], folder, name, cores, environment(redis, database_url))
        self.token = TOKEN
        try:
            self.port = processes.wait_for(lambda: processes.port_of(port_file), self.process, name)
            processes.wait_for(self.is_ready, self.process, name + "'s /readyz")
        except RuntimeError as error:
            self.stop()
            with open(self.log_path) as log:
                raise RuntimeError(f"{error}\n{log.read()[-2000:]}") from None

    call = processes.Server.call
    is_ready = processes.Server.is_ready
    create_coupon = processes.Server.create_coupon
    issue = processes.Server.issue


def api(build, folder, cores, redis, database_url, *flags, name="api"):
    return Node(build, folder, name, "api", cores, redis, database_url,
                ["--threads", "1", "--max-connections", "2000", "--max-backlog", "10000000", *flags])


def worker(build, folder, cores, redis, database_url, name="worker"):
    return Node(build, folder, name, "worker", cores, redis, database_url)
