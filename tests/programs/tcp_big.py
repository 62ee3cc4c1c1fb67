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
# Reads to the client's end: closing with bytes unread would reset the connection and cut off what is on its way.
while connection.recv(4096):
    pass
connection.close()
