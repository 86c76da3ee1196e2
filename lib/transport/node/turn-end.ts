/** The end of a turn of the event loop, when all callbacks for timers and sockets that were due have run. */

export interface AtTurnEnd {
  turnEnded(): void;
}

let waiting: AtTurnEnd[] = [];

/** Calls `member.turnEnded` then: one immediate for all members. */
export function atTurnEnd(member: AtTurnEnd): void {
  if (waiting.length === 0) setImmediate(tellAll);
  waiting.push(member);
}

function tellAll(): void {
  const members = waiting;
  waiting = [];
  for (const member of members) member.turnEnded();
}
