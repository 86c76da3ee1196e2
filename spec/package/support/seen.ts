/** What the tour of `programs/tour.mjs` prints where all is well. */

const events = ['listening', 'opened', 'closed: ended', 'draining'];

export const seen = `${JSON.stringify({
  simulated: ['hello'],
  echoed: [...events, 8 * 1_048_576],
  inOrder: [...events, 'HELLO'],
  delayed: [...events, 'hello'],
  refused: 'ERR_CONNECTION_REFUSED',
})}\n`;

/** What `programs/metrics.mjs` prints. */
export const counted = '{"value":1,"labels":{"reason":"limit"}}\n';
