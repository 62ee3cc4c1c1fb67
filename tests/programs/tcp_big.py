"""Sends one client 1 MiB of a pattern that can be checked anywhere: byte number i is i * 31 + i // 256, modulo 256."""
import hashlib
import socket
import sys

SIZE = 1 << 20
pattern = bytes((i * 31 + (i >> 8)) & 255 for i in range(SIZE))

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", listener.getsockname()[1])
connection, peer = listener.accept()
connection.sendall(pattern)
connection.shutdown(socket.SHUT_WR)
print("sent", len(pattern), hashlib.sha256(pattern).hexdigest())
# Waits for the client's end, so that closing cannot cut off what is still on its way.
connection.recv(1)
connection.close()
