"""socketserver's ThreadingTCPServer: the third server of that tutorial (see fork.py)."""
import socketserver, sys, time

port, delay, max_chunk = int(sys.argv[1]), int(sys.argv[2]) / 1000, int(sys.argv[3])


class Echo(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        time.sleep(delay)
        while data := self.request.recv(max_chunk):
            self.request.sendall(b"Echo=>%b at %b" % (data, time.ctime().encode()))


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 4096
    daemon_threads = True


with Server(("127.0.0.1", port), Echo) as server:
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
