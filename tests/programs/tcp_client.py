"""Says hello! to the port that it is given and prints everything that comes back."""
import socket
import sys

connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("connected from", connection.getsockname()[1])
connection.sendall(b"hello!")
answer = b""
while piece := connection.recv(1024):
    answer += piece
print(answer)
connection.close()
