# === tcp/server
"""Answers one client: receive once, print it, say hi, hang up."""
import socket

listener = socket.socket()
listener.bind(("127.0.0.1", PORT))
listener.listen()
connection, peer = listener.accept()
received = connection.recv(1024)
print(received)
connection.send(b"hi")
connection.close()
listener.close()

# === tcp/client
"""Says hello! to the server and prints its answer."""
import socket

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.send(b"hello!")
answer = client.recv(1024)
print(answer)
client.close()

# === tcp-reuseaddr/server
"""The same server, able to restart at once after it has closed a connection."""
import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", PORT))
listener.listen()
connection, peer = listener.accept()
received = connection.recv(1024)
print(received)
connection.send(b"hi")
connection.close()
listener.close()

# === tcp-reuseaddr/client
"""Says hello! to the server and prints its answer."""
import socket

client = socket.socket()
client.connect(("127.0.0.1", PORT))
client.send(b"hello!")
answer = client.recv(1024)
print(answer)
client.close()

# === udp/server
"""Waits for one datagram, prints it, answers its sender."""
import socket

server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("127.0.0.1", PORT))
message, sender = server.recvfrom(1024)
print(message)
server.sendto(b"hi", sender)
server.close()

# === udp/client
"""Sends one datagram without any connection and prints the answer."""
import socket

server = ("127.0.0.1", PORT)
client = socket.socket(type=socket.SOCK_DGRAM)
client.sendto(b"hello", server)
answer, sender = client.recvfrom(1024)
print(answer.decode("utf-8"), sender == server)
client.close()
