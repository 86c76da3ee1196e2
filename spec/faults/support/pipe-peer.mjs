/** A client that is its standard input and output, of a port or an abstract Unix socket, for what the specs cannot do themselves. */
import net from 'node:net';

const [port, host, localAddress] = process.argv.slice(2);
const place = port.startsWith('@')
  ? { path: port.replace('@', '\0') }
  : { port: Number(port), host, localAddress: localAddress || undefined, noDelay: true };
const socket = net.connect({ ...place, allowHalfOpen: true });
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
process.stdin.pipe(socket);
socket.pipe(process.stdout);
