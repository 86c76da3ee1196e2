/** What rxjs-tcp offers. */
/// <reference types="node" preserve="true" />
export type { ConnectConfig, TcpConnectConfig, UnixConnectConfig } from './client/connect-config.js';
export { type TcpClient, tcpConnect } from './client/tcp-connect.js';
export type { CloseReason, Closing, Connection, FlowWindow, LimitReason } from './connection/connection.js';
export type { Handler } from './connection/handler.js';
export { ctime } from './handlers/ctime.js';
export { type EchoConfig, type EchoHandler, echo } from './handlers/echo.js';
export { lineEcho } from './handlers/line-echo.js';
export type { Reply, ReplyName } from './handlers/reply.js';
export { services } from './handlers/services.js';
export { type ChunksOfConfig, chunksOf } from './operators/framing/chunks-of.js';
export { type DecodeTextConfig, decodeText } from './operators/framing/decode-text.js';
export {
  type DelimitedConfig,
  delimited,
  type EncodeDelimitedConfig,
  encodeDelimited,
} from './operators/framing/delimited.js';
export {
  type EncodeLengthPrefixedConfig,
  encodeLengthPrefixed,
  type LengthPrefixedConfig,
  lengthPrefixed,
} from './operators/framing/length-prefixed.js';
export { type EncodeLinesConfig, encodeLines, type LinesConfig, lines } from './operators/framing/lines.js';
export { type InOrderConfig, inOrder } from './operators/in-order.js';
export { withBackpressure } from './operators/with-backpressure.js';
export { type ListenFd, listenFds } from './server/listen-fds.js';
export type {
  InheritedServerConfig,
  ProxyProtocolConfig,
  ServerConfig,
  TcpServerConfig,
  UnixServerConfig,
} from './server/server-config.js';
export type { DropReason, Refusal, ServerEvent } from './server/server-event.js';
export type { ServerUsage } from './server/server-usage.js';
export { tcpServer } from './server/tcp-server.js';
export type { LinkConfig } from './transport/memory/link-config.js';
export { type MemoryNetwork, type MemoryNetworkConfig, memoryNetwork } from './transport/memory/network.js';
export { addressList } from './transport/node/address-list.js';
export { type NodeNetworkConfig, nodeNetwork } from './transport/node/network.js';
export type { Pem, TlsCertificate, TlsClientConfig, TlsServerConfig, TlsState } from './transport/tls.js';
export type * from './transport/transport.js';
export { type BandwidthConfig, bandwidth } from './transport/wrap/faults/bandwidth.js';
export { closeAfterReply } from './transport/wrap/faults/close-after-reply.js';
export { closeBeforeReply } from './transport/wrap/faults/close-before-reply.js';
export { type CorruptConfig, corrupt } from './transport/wrap/faults/corrupt.js';
export type { Fault } from './transport/wrap/faults/fault.js';
export type { FaultOptions } from './transport/wrap/faults/fault-options.js';
export { type FaultyConfig, type FaultyTransport, faulty } from './transport/wrap/faults/faulty.js';
export { halfOpen } from './transport/wrap/faults/half-open.js';
export { type LatencyConfig, latency } from './transport/wrap/faults/latency.js';
export { type LimitDataConfig, limitData } from './transport/wrap/faults/limit-data.js';
export { refuse } from './transport/wrap/faults/refuse.js';
export { type ResetPeerConfig, resetPeer } from './transport/wrap/faults/reset-peer.js';
export { type SlicerConfig, slicer } from './transport/wrap/faults/slicer.js';
export { type SlowCloseConfig, slowClose } from './transport/wrap/faults/slow-close.js';
export { type TimeoutConfig, timeout } from './transport/wrap/faults/timeout.js';
export { wiretap } from './transport/wrap/wiretap.js';
export { type Address, formatAddress, type PathAddress, type TcpAddress } from './values/address.js';
export type { Bytes } from './values/bytes.js';
export { defaults } from './values/defaults.js';
export { type ErrorCode, errorCodes, TcpError } from './values/errors.js';
