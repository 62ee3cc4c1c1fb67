"""Sends one datagram to the port that it is given and prints the answer and its sender."""
import socket
import sys

client = socket.socket(type=socket.SOCK_DGRAM)
client.sendto(b"hello!", ("127.0.0.1", int(sys.argv[1])))
answer, sender = client.recvfrom(65536)
print(answer, sender[1])
client.close()
