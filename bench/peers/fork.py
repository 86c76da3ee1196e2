"""A process for each client: the first of three servers in the Python tutorial that this project starts from."""
import os, signal, socket, sys, time

port, delay, max_chunk = int(sys.argv[1]), int(sys.argv[2]) / 1000, int(sys.argv[3])


def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def handle(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    time.sleep(delay)
    while data := client.recv(max_chunk):
        client.sendall(b"Echo=>%b at %b" % (data, time.ctime().encode()))


signal.signal(signal.SIGCHLD, reap)
server = socket.create_server(("127.0.0.1", port), backlog=4096)
print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
while True:
    client, _ = server.accept()
    if os.fork() == 0:
        server.close()
        try:
            handle(client)
        finally:
            os._exit(0)
    client.close()
