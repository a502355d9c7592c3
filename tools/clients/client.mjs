// client LIST: what Node's https says of each URL; its roots by NODE_EXTRA_CA_CERTS. LIST holds lines "NAME URL SECONDS".
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

function said(url, seconds, hops = 0) {
  return new Promise((resolve) => {
    const end = setTimeout(() => resolve('timeout'), seconds * 1000);
    const done = (text) => { clearTimeout(end); resolve(text); };
    const failed = (e) => done(`${e.code || e.name}: ${e.message}`);
    let request;
    try {
      request = (url.startsWith('https:') ? https : http).get(url, { agent: false }, (response) => {
        response.on('error', failed).on('end', () => done('ok')).resume();
      });
    } catch (e) { failed(e); return; }
    request.on('error', failed);
  });
}

const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((l) => l.split(' '));
async function worker() {
  for (let next; (next = lines.shift());)
    console.log(JSON.stringify([next[0], await said(next[1], Number(next[2]))]));
}
await Promise.all(Array.from({ length: 6 }, worker));
process.exit(0);
