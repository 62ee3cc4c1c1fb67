"""Answers two datagrams, each with its own length and itself, and prints what came."""
import socket
import sys

server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
print("listening", server.getsockname()[1])
for _ in range(2):
    message, sender = server.recvfrom(65536)
    print(message)
    server.sendto(b"%d " % len(message) + message, sender)
server.close()
