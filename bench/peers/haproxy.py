"""HAProxy in TCP mode, in place of this process: by itself it does not print which port it listens on."""
import os, socket, sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
server.set_inheritable(True)
print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
config = os.path.join(os.path.dirname(__file__), "haproxy.cfg")
env = {**os.environ, "LISTENER": str(server.fileno()), "UPSTREAM": sys.argv[5]}
if len(sys.argv) > 6:
    env["UPSTREAM_2"] = sys.argv[6]
os.execvpe("haproxy", ["haproxy", "-db", "-q", "-f", config], env)
