import { identity, lastValueFrom, of } from 'rxjs';
import { tcpConnect, tcpServer } from 'rxjs-tcp';

for (const denied$ of [tcpServer(0, identity), of('hello').pipe(tcpConnect(7))]) {
  await lastValueFrom(denied$).catch(({ code, message }) => console.log(code, message));
}
