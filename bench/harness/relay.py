"""A relay between a program and Redis that can lose an answer: the command goes through and is carried out, its answer
is dropped, and the connection is closed, as when a link breaks at the wrong moment."""

import selectors
import socket
import threading

SCRIPTS = (b"EVALSHA", b"FCALL")

class Relay:
    """One thread; loopback only. `lose_next` arms it for one answer to a command of that name, `lose_next_script` to a
    script."""

    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.other = {}  # each socket of a pair to its other end
        self.from_client = set()
        self.doomed = {}  # server ends whose next answer is dropped, and what it was armed for
        self.armed = ()  # names of commands
        self.lost = 0
        self.stopping = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def lose_next(self, *commands):
        self.armed = commands

    def lose_next_script(self):
        self.lose_next(*SCRIPTS)

    def disarm(self):
        self.armed = ()

    def run(self):
        while not self.stopping:
            for key, _ in self.selector.select(0.05):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj in self.other:
                    self.pass_on(key.fileobj)
        for end in list(self.other):
            end.close()
        self.listener.close()

    def accept(self):
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.other[one] = other
            self.selector.register(one, selectors.EVENT_READ)
        self.from_client.add(client)

    def pass_on(self, end):
        try:
            data = end.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self.close(end)
            return
        if end in self.from_client:
            if any(command in data.upper() for command in self.armed):
                self.doomed[self.other[end]], self.armed = self.armed, ()
        elif end in self.doomed:
            if not data.startswith(b"-NOSCRIPT"):
                self.lost += 1
                self.close(end)
                return
            self.armed = self.doomed.pop(end)  # it was not carried out: the next one is to be lost
        try:
            self.other[end].sendall(data)
        except OSError:
            self.close(end)

    def close(self, end):
        for one in (end, self.other.pop(end)):
            self.other.pop(one, None)
            self.from_client.discard(one)
            self.doomed.pop(one, None)
            self.selector.unregister(one)
            one.close()

    def stop(self):
        self.stopping = True
        self.thread.join()
