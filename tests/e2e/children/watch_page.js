// Opens a page in Debian's Chromium, without a window, and tells what it shows: "phase TEXT" whenever its headline changes, "report TEXT" for
// what its farewell says then, "fault TEXT" for anything that the page's own policy or code complains about. For the names in SHOTS a picture of
// the whole page is kept: "shot FILE".
//   node watch_page.js URL PROFILE_DIRECTORY PICTURE_DIRECTORY SHOT...
'use strict';
const { spawn } = require('child_process');
const { writeFileSync, mkdirSync } = require('fs');
const WebSocket = require('ws');

const [url, profile, pictures, ...shots] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
const browser = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
  '--disable-background-networking', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
  { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } });
process.on('SIGTERM', () => { browser.kill(); process.exit(0); });

let errors = '';
browser.stderr.on('data', (data) => {
  if (errors === null) return;
  errors += data;
  const found = errors.match(/DevTools listening on (ws:\/\/\S+)/);
  if (found) { errors = null; connect(new URL(found[1]).port).catch(fail); }
});
function fail(error) { console.log(`failed ${error.stack}`); browser.kill(); process.exit(1); }

async function connect(port) {
  const target = await (await fetch(`http://127.0.0.1:${port}/json/new?about:blank`, { method: 'PUT' })).json();
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.on('open', resolve));
  const waiting = new Map();
  let next = 0;
  const call = (method, params = {}) => new Promise((resolve) => { waiting.set(++next, resolve); socket.send(JSON.stringify({ id: next, method, params })); });
  let work = Promise.resolve();  // one picture at a time, in order

  async function picture(name, width, dark) {
    await call('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 2, mobile: width < 600 });
    await call('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    const { result } = await call('Page.captureScreenshot', { captureBeyondViewport: true });
    const file = `${pictures}/${name}.png`;
    writeFileSync(file, Buffer.from(result.data, 'base64'));
    console.log(`shot ${file}`);
  }
  async function on_phase(text) {
    console.log(`phase ${text}`);
    const { result } = await call('Runtime.evaluate', { expression: `[...document.querySelectorAll('#report dt')]
      .map((term) => term.textContent + ': ' + term.nextElementSibling.textContent).join('; ')` });
    if (result.result.value) console.log(`report ${result.result.value}`);
    const name = text.replace(/[^a-z]+/g, '-');
    if (!shots.includes(text)) return;
    await picture(`${name}-light`, 1100, false);
    await picture(`${name}-phone-dark`, 390, true);
  }
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.id) { waiting.get(message.id)(message); waiting.delete(message.id); }
    if (message.method === 'Runtime.bindingCalled') work = work.then(() => on_phase(message.params.payload)).catch(fail);
    if (message.method === 'Runtime.exceptionThrown') console.log(`fault ${message.params.exceptionDetails.text}`);
    if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error') console.log(`fault ${message.params.entry.text} ${message.params.entry.url ?? ''}`);
  });
  await call('Runtime.enable');
  await call('Log.enable');
  await call('Page.enable');
  await call('Runtime.addBinding', { name: 'tell' });
  await call('Page.addScriptToEvaluateOnNewDocument', { source: `addEventListener('DOMContentLoaded', () => {
    const headline = document.getElementById('phase');
    new MutationObserver(() => tell(headline.textContent)).observe(headline, { childList: true, characterData: true, subtree: true });
  });` });
  await call('Page.navigate', { url });
}
