"""Echoes one client until it half-closes, then closes too; prints how many bytes went through."""
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", listener.getsockname()[1])
connection, peer = listener.accept()
count = 0
while piece := connection.recv(65536):
    connection.sendall(piece)
    count += len(piece)
print("echoed", count)
connection.close()
