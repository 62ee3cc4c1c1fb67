"""Accepts one client and never reads: what the client sends fills the buffers until the window is closed."""
import signal
import socket
import sys

listener = socket.socket()
# Inherited by what it accepts: a small window closes soon.
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
print("listening", listener.getsockname()[1])
connection, peer = listener.accept()
print("accepted", peer[1])
# Until it is killed.
signal.pause()
