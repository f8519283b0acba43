"""A gateway that ends TLS before a node: python3 tls_gateway.py NODE_PORT CERTIFICATE KEY

Prints its port when it listens, and carries bytes until it is killed. One client at a time is enough.
"""
import select
import socket
import ssl
import sys


def carry(client, node):
    other = {client: node, node: client}
    while True:
        ready = [client] if client.pending() else select.select(list(other), [], [])[0]
        for one in ready:
            some = one.recv(65536)
            if not some:
                return
            other[one].sendall(some)


def main(node_port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        plain, _ = listening.accept()
        try:
            with context.wrap_socket(plain, server_side=True) as client, \
                    socket.create_connection(("127.0.0.1", int(node_port))) as node:
                carry(client, node)
        except OSError as why:  # ssl.SSLError is one: a client that does not trust this gateway
            print(why, file=sys.stderr, flush=True)


main(*sys.argv[1:])
