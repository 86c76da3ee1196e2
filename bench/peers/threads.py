"""A thread for each client: the second server of that tutorial (see fork.py)."""
import _thread, socket, sys, time

port, delay, max_chunk = int(sys.argv[1]), int(sys.argv[2]) / 1000, int(sys.argv[3])


def handle(client):
    with client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        time.sleep(delay)
        while data := client.recv(max_chunk):
            client.sendall(b"Echo=>%b at %b" % (data, time.ctime().encode()))


server = socket.create_server(("127.0.0.1", port), backlog=4096)
print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
while True:
    _thread.start_new_thread(handle, (server.accept()[0],))
