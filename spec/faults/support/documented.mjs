/**
 * Takes from Node's handles what reads into one buffer need, so that a server does with what Node documents. A client cannot: its
 * socket is made by Node itself, which needs them.
 */
import net from 'node:net';

const server = net.createServer().listen(0);
let owner = server._handle;
while (!Object.hasOwn(owner, 'useUserBuffer')) owner = Object.getPrototypeOf(owner);
delete owner.useUserBuffer;
server.close();
process.env.DOCUMENTED = 'true';
