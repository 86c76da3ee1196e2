/** The programs beside these files, which run in processes of their own. */
const here = new URL('.', import.meta.url).pathname;
export const scripts = {
  observer: `${here}observer.mjs`,
  bystander: `${here}bystander.mjs`,
  documented: `${here}documented.mjs`,
  naive: `${here}naive-server.mjs`,
  library: `${here}library-server.mjs`,
  renewing: `${here}renewing-server.mjs`,
  pipePeer: `${here}pipe-peer.mjs`,
};
