# Sends standard input to the port, half-closes, and says what came back: the client that varnishtest cannot play.
#   half_close.py PORT LEAST_BODY_SIZE
import socket
import sys

client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
client.sendall(sys.stdin.buffer.read())
client.shutdown(socket.SHUT_WR)
print("half-closed", flush=True)
answer = b""
while block := client.recv(65536):
    answer += block
head, _, body = answer.partition(b"\r\n\r\n")
chunked = b"chunked" in head
whole = len(body) >= int(sys.argv[2]) and (not chunked or body.endswith(b"\r\n0\r\n\r\n"))
print("got status", answer.split(b" ")[1].decode() + ",", "whole" if whole else "cut at %d" % len(body))
