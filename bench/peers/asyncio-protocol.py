"""An asyncio protocol, on asyncio's own event loop or on uvloop's."""
import asyncio, os, sys, time

port, delay, max_chunk = int(sys.argv[1]), int(sys.argv[2]) / 1000, int(sys.argv[3])


class Echo(asyncio.Protocol):
    def connection_made(self, transport):  # both loops set TCP_NODELAY
        self.transport = transport
        self.early = b""
        asyncio.get_running_loop().call_later(delay, self.due)

    def data_received(self, received):
        if self.early is not None:
            self.early += received
            self.transport.pause_reading()  # not in connection_made: uvloop starts to read after it
            return
        for start in range(0, len(received), max_chunk):
            data = received[start : start + max_chunk]
            self.transport.write(b"Echo=>%b at %b" % (data, time.ctime().encode()))

    def due(self):
        received, self.early = self.early, None
        if received:
            self.resume_writing()
            self.data_received(received)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        if not self.transport.is_closing():
            self.transport.resume_reading()


class Framed(Echo):
    def connection_made(self, transport):
        self.transport = transport
        self.received = b""

    def data_received(self, received):
        received, at, frames = self.received + received, 0, []
        while at + 2 <= len(received):
            end = at + 2 + int.from_bytes(received[at : at + 2], "big")
            if end > len(received):
                break
            frames.append(received[at:end])
            at = end
        self.received = received[at:]
        self.transport.writelines(frames)


async def main():
    protocol = Framed if sys.argv[4] == "framed" else Echo
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port, backlog=4096)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if os.environ.get("EVENT_LOOP") == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
