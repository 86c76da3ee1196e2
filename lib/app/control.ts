/** Changes the faults of a running server by lines on standard input. */
import type { BehaviorSubject } from 'rxjs';
import { complain } from './exit-status.js';
import type { FaultSettings } from './faults.js';
import { faultLineHelp, readFaultLine, shownFaults } from './flags/fault-lines.js';
import type { Log } from './log.js';
import { inputLines } from './standard-input.js';

export function controlFaults(settings$: BehaviorSubject<FaultSettings>, log: Log): void {
  const show = (): void => log.answer({ type: 'faults', faults: shownFaults(settings$.value) });
  const obey = (line: string): void => {
    if (line.trim() === '') return;
    const request = readFaultLine(line, settings$.value);
    if (request === 'help') complain(faultLineHelp);
    else if (request !== 'show') settings$.next(request);
    if (request !== 'help') show();
  };
  inputLines().subscribe({
    next: (line) => {
      try {
        obey(line);
      } catch (error) {
        complain((error as Error).message);
      }
    },
    error: ({ message }: Error) => complain(`standard input is not read any further: ${message}`),
  });
}
