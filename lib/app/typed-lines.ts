/** Lines typed at a terminal, which can be edited and recalled. Each ends with a newline, and Ctrl-D ends them all. */
import { createInterface } from 'node:readline';
import { defer, finalize, fromEvent, map, type Observable, takeUntil } from 'rxjs';

export function typedLines(): Observable<string> {
  return defer(() => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    fromEvent(lines, 'SIGINT').subscribe(() => {
      lines.close(); // gives the terminal back as it was
      process.kill(process.pid, 'SIGINT');
    });
    return (fromEvent(lines, 'line') as Observable<string>).pipe(
      takeUntil(fromEvent(lines, 'close')),
      map((line) => `${line}\n`),
      finalize(() => lines.close()),
    );
  });
}
