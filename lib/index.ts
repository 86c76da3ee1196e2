/** What rxjs-tcp offers. */
export type { TcpConnectConfig } from './client/connect-config.js';
export { tcpConnect } from './client/tcp-connect.js';
export type { CloseReason, Connection, Window } from './connection/connection.js';
export type { Handler } from './connection/handler.js';
export { type EchoConfig, type EchoHandler, echo } from './handlers/echo.js';
export type { Reply, ReplyName } from './handlers/reply.js';
export { inOrder } from './operators/in-order.js';
export { within } from './operators/within.js';
export type { TcpServerConfig } from './server/server-config.js';
export type { ServerEvent } from './server/server-event.js';
export { tcpServer } from './server/tcp-server.js';
export { type MemoryNetworkConfig, memoryNetwork } from './transport/memory-network.js';
export { nodeNetwork } from './transport/node-network.js';
export type * from './transport/transport.js';
export { type Address, formatAddress } from './values/address.js';
export type { Bytes } from './values/bytes.js';
export { defaults } from './values/defaults.js';
export { type ErrorCode, errorCodes, TcpError } from './values/errors.js';
