/** A client that is its standard input and output, for the namespaces that the specs are not in. */
import net from 'node:net';

const [port, host, localAddress] = process.argv.slice(2);
const socket = net.connect({
  port: Number(port),
  host,
  localAddress: localAddress || undefined,
  noDelay: true,
  allowHalfOpen: true,
});
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
process.stdin.pipe(socket);
socket.pipe(process.stdout);
