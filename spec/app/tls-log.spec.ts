/** F59: the server name that a TLS client asks for reaches no line of the log as it is. */
import { expect, it, vi } from 'vitest';
import { Log, logFormats } from '../../lib/app/log.js';
import { describeTls, localhost } from '../support/certificates.js';
import { TlsServer } from '../support/tls-server.js';

const hostile = '\u001b]0;pwn\u0007\r\nFAKE\u009b2J';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

describeTls('the log of a server with TLS', () => {
  it.each(logFormats)(
    'as %s has one line for each event, without control characters of a server name',
    async (format) => {
      const sni = (servername: string) => {
        if (servername.endsWith('!')) throw new Error(`no certificate for ${servername}`);
        return undefined;
      };
      const server = await TlsServer.start({ tls: { ...localhost(), sni } });
      (await server.client({ servername: hostile, checkServerIdentity: () => undefined })).end();
      const { connection } = await server.first('closed');
      await server.refuses({ servername: `${hostile}!` });
      const { error } = await server.first('dropped');
      const shown = Buffer.from(hostile).toString('latin1'); // as Node reads it
      expect([connection.tls?.servername, error?.message]).toEqual([shown, expect.stringContaining(shown)]);

      let printed = '';
      const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
        printed += line;
        return true;
      });
      const log = new Log(format, {});
      for (const event of server.events) log.add(event);
      write.mockRestore();
      const lines = printed.split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.length).toBe(server.events.length);
      expect(lines.filter((line) => control.test(line))).toEqual([]);
    },
  );
});
