"""Serves one client of a Unix socket at the path that it is given: prints what it says first, answers hi, hangs up."""
import os
import socket
import sys

path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
print("listening", path)
connection, _ = listener.accept()
print(connection.recv(1024))
connection.sendall(b"hi")
connection.close()
listener.close()
os.unlink(path)
