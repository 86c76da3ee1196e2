/** Programs for `server.python`: what they begin with, and peers with a small receive buffer, which Node cannot set. */

export const preamble = (host: string, port: number) => `
import hashlib, os, signal, socket, struct, sys, threading, time
port = ${port}
def connect():
    return socket.create_connection(('${host}', port))
def read_all(s):
    got = b''
    while part := s.recv(65536):
        got += part
    return got
`;

/** Peers with a small receive buffer that never read, until the server closes each. Prints how many it closed. */
export const neverReaders = (count: number, seconds: number) => `
peers = []
for _ in range(${count}):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(('127.0.0.1', port))
    s.setblocking(False)
    peers.append(s)
block = bytes(65536)
until = time.monotonic() + ${seconds}
closed = 0
while peers and time.monotonic() < until:
    for s in list(peers):
        try: s.send(block)
        except BlockingIOError: pass
        except OSError:
            closed += 1
            peers.remove(s)
    time.sleep(0.01)
print(closed)
`;

/**
 * Peers that connect one after another and then send single bytes, 24 000 a second together: with more, the server would be too busy
 * to accept them all. With `untilRefused` they go on, for at most 30 s more, until it has reset one: a server on a busy machine is behind.
 * Prints how many it kept.
 */
export const dribblers = (count: number, seconds: number, untilRefused = false) => `
import resource
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
until = time.monotonic() + ${seconds}
latest = until + ${untilRefused ? 30 : 0}
peers = []
for _ in range(${count}):
    s = connect()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.setblocking(False)
    peers.append(s)
while time.monotonic() < until or (len(peers) == ${count} and time.monotonic() < latest):
    for s in list(peers):
        try: s.send(b'x')
        except BlockingIOError: pass
        except OSError: peers.remove(s)
    time.sleep(${count / 24_000})
print(len(peers))
`;

/** Reads 1 KiB at a time, at that pace, and says how many bytes came before the connection broke, or all were there. */
export const slowReader = (bytes: number, everySeconds: number) => `
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(('127.0.0.1', port))
threading.Thread(target=lambda: (s.sendall(bytes(${bytes})), s.shutdown(socket.SHUT_WR)), daemon=True).start()
got = 0
while True:
    part = s.recv(1024)
    if not part: break
    got += len(part)
    time.sleep(${everySeconds})
print(got)
`;

/**
 * Reads at most so many bytes a second: all that comes, or for so many seconds, and then resets. Prints the number of bytes and
 * their hash.
 */
export const pacedReader = (bytesPerSecond: number, seconds: number) => `
s = connect()
s.settimeout(30)
got = 0
digest = hashlib.sha1()
began = time.monotonic()
while time.monotonic() < began + ${seconds}:
    part = s.recv(65536)
    if not part: break
    got += len(part)
    digest.update(part)
    time.sleep(max(0, began + got / ${bytesPerSecond} - time.monotonic()))
print(got, digest.hexdigest())
`;

/** A listener whose accept queue is full: the kernel drops what asks for a connection. Prints its port, and keeps it so. */
export const fullListener = `
import socket, sys
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(0)
waiting = []
while True:
    waiting.append(socket.socket())
    waiting[-1].settimeout(0.5)
    try: waiting[-1].connect(listener.getsockname())
    except socket.timeout: break
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
`;
