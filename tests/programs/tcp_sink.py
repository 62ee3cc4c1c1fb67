"""Reads one client to its end, then tells it and us how much came and its hash: the client must half-close."""
import hashlib
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", listener.getsockname()[1])
connection, peer = listener.accept()
count, digest = 0, hashlib.sha256()
while piece := connection.recv(65536):
    count += len(piece)
    digest.update(piece)
answer = f"received {count} {digest.hexdigest()}"
connection.sendall(answer.encode())
print(answer)
connection.close()
