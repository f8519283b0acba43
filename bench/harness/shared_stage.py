"""Stores, an API node and workers of the distributed shape, started in order and ended in reverse."""

import os
import subprocess

from . import nodes, stores


class SharedStage:
    """`redis_cores`, `other_cores`: where Redis runs, and where everything else does."""

    def __init__(self, build, folder, redis_cores, other_cores):
        self.build, self.folder, self.other_cores = build, folder, other_cores
        os.makedirs(folder, exist_ok=True)
        self.everything = []
        try:
            self.redis = self.keep(stores.Redis(folder, redis_cores))
            self.database = self.keep(stores.MariaDB(folder, other_cores))
            subprocess.run([os.path.join(build, "firstcome"), "migrate"], check=True, capture_output=True,
                           env=nodes.environment(self.redis, self.database.url()))
            self.api = self.start_api()
        except BaseException:
            self.stop()
            raise

    def keep(self, process):
        self.everything.append(process)
        return process

    def start_api(self, *flags, name="api", database="coupon"):
        return self.keep(nodes.api(self.build, self.folder, self.other_cores, self.redis, self.database.url(database),
                                   *flags, name=name))

    def start_worker(self, cores=None):
        return self.keep(nodes.worker(self.build, self.folder, cores or self.other_cores, self.redis,
                                      self.database.url()))

    def rows(self, coupon):
        return int(self.database.run(f"SELECT issued_quantity FROM coupon.coupons WHERE id = {coupon}"))

    def stop(self):
        for process in reversed(self.everything):
            process.stop()
