"""Accepts one client, waits for its first bytes, then resets the connection instead of closing it."""
import socket
import struct
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", listener.getsockname()[1])
connection, peer = listener.accept()
print(connection.recv(1024))
# Linger for zero seconds: close sends RST.
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
print("reset")
