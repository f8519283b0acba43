"""What `perf script` says, read: whose part of the kernel it was, and what a function is called without its templates."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from harness import perf  # noqa: E402

SAID = """event-loop 7001 
\tffffffff81001000 tcp_sendmsg_locked ([kernel.kallsyms])
\tffffffff81002000 __x64_sys_sendto ([kernel.kallsyms])
\tffffffff81003000 entry_SYSCALL_64_after_hwframe ([kernel.kallsyms])
\t    7f0000000100 __send (/usr/lib/libc.so.6)
\t    558000000100 firstcome::http::(anonymous namespace)::client<int, std::vector<char> >::send(std::string_view) (/build/firstcome)

event-loop 7001 
\t    558000000200 firstcome::api::application::handle(firstcome::http::exchange&) (/build/firstcome)
\t    558000000300 [unknown] (/usr/lib/libsqlite3.so.0)

ledger-writer 7002 
\tffffffff81004000 finish_task_switch ([kernel.kallsyms])
\tffffffff81005000 exit_to_user_mode_loop ([kernel.kallsyms])
\t    7f0000000200 __libc_pread (/usr/lib/libc.so.6)

"""


class samples(unittest.TestCase):
    def setUp(self):
        self.found = perf.samples_in(SAID)

    def test_are_told_apart_by_call_and_thread(self):
        self.assertEqual([one.call for one in self.found], ["sendto", None, "another thread's turn"])
        self.assertEqual([one.thread[0] for one in self.found], ["event-loop", "event-loop", "ledger-writer"])

    def test_name_functions_without_parameters_and_templates(self):
        self.assertEqual([name for name, _ in self.found[0].frames][-1], "http::client::send")
        self.assertEqual([name for name, _ in self.found[1].frames], ["api::application::handle", "[libsqlite3.so.0]"])

    def test_are_counted_once_for_each_function(self):
        shares = dict(perf.shares(self.found, lambda one: [name for name, _ in one.frames] * 2))
        self.assertEqual(shares["__send"], 1 / 3)


class functions(unittest.TestCase):
    def test_keep_their_operators(self):
        for said, shown in (("foo<bar(int)>::operator()(long) const", "foo::operator()"), ("main", "main"),
                            ("void a::b<c>(d)", "a::b"), ("clock_gettime@@GLIBC_2.17", "clock_gettime@@GLIBC_2.17")):
            self.assertEqual(perf.short(said), shown)


if __name__ == "__main__":
    unittest.main()
