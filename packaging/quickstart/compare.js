// Runs the same server twice, without and with lastcall, sends SIGTERM in the middle of the traffic, and prints what the clients saw.
// Usage: node compare.js LASTCALL. Exit 0: lastcall lost nothing and the bare run lost something (else the clients are blind).
const { spawn } = require('child_process');
const net = require('net');
const path = require('path');
const { Clients } = require('./clients.js');

const SERVER = [process.execPath, path.join(__dirname, 'server.js')];
const INTO_SLOW_MS = 300; // SIGTERM comes when the slow requests are that far: most of their second is still to come
const BOUND_MS = 20000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function untilItListens(port, child) {
  for (const end = Date.now() + 10000; Date.now() < end && child.exitCode === null; await sleep(20)) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
  }
  throw new Error('the server did not start');
}

function bounded(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${BOUND_MS / 1000} s`)), BOUND_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function run(port, command, environment) {
  const child = spawn(command[0], command.slice(1), { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  child.stdout.on('data', () => {});
  child.stderr.on('data', (bytes) => (said += bytes));
  const closed = new Promise((resolve) => child.on('close', resolve)); // its last words have been read
  const gone = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      running.delete(child);
      resolve({ exit: code === null ? signal : `${code}`, at: Date.now() });
    });
  });
  try {
    await Promise.race([untilItListens(port, child), gone.then((end) => { throw new Error(`it ended at once: ${end.exit}`); })]);
    const clients = new Clients(port);
    clients.start();
    await bounded(clients.firstSlowAnswer, 'the first slow answer');
    await sleep(INTO_SLOW_MS);
    const inFlight = clients.inFlight;
    const t0 = Date.now();
    child.kill('SIGTERM');
    const end = await bounded(gone, 'the stop');
    clients.stopped = true;
    const seen = await bounded(clients.end(), 'the last client');
    await bounded(closed, 'the end of its output');
    return { ...seen, inFlight, exit: end.exit, took: end.at - t0, said };
  } catch (error) {
    throw new Error(`${command.join(' ')}: ${error.message}\n${said}`);
  }
}

function table(bare, wrapped) {
  const row = (name, value) => console.log(`  ${name.padEnd(38)}${String(value(bare)).padStart(18)}${String(value(wrapped)).padStart(16)}`);
  console.log(`\n  ${''.padEnd(38)}${'without lastcall'.padStart(18)}${'with lastcall'.padStart(16)}`);
  row('requests in flight at SIGTERM', (r) => r.inFlight);
  row('requests answered', (r) => r.answered);
  row('told to go elsewhere (refused, 503)', (r) => r.refused + r.unavailable);
  row('requests LOST', (r) => r.lost_total);
  row('  slow requests', (r) => r.lost.slow);
  row('  requests on keep-alive connections', (r) => r.lost.keepalive);
  row('  requests on new connections', (r) => r.lost.newcomers);
  row('idle connections reset', (r) => r.idle_reset);
  row('SIGTERM to exit', (r) => `${r.took} ms`);
  row('exit', (r) => r.exit);
  console.log('');
}

async function main(lastcall) {
  const barePort = await freePort();
  const bare = await run(barePort, SERVER, { PORT: String(barePort) });
  const port = await freePort();
  const wrapped = await run(port, [lastcall, '--listen', `127.0.0.1:${port}`, '--', ...SERVER], {});

  const report = wrapped.said.indexOf('lastcall: stopped');
  if (report >= 0) console.log(`\nWhat lastcall says of its stop:\n\n${wrapped.said.slice(report).trimEnd()}`);
  console.log('\nWhat the clients saw:');
  table(bare, wrapped);

  const failures = [];
  if (wrapped.lost_total > 0) failures.push(`with lastcall ${wrapped.lost_total} requests were lost`);
  if (wrapped.idle_reset > 0) failures.push(`with lastcall ${wrapped.idle_reset} idle connections were reset`);
  if (wrapped.exit !== '0') failures.push(`lastcall ended with ${wrapped.exit}`);
  if (bare.lost_total === 0) failures.push('the bare server lost nothing: these clients see no loss, so they prove nothing');
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  if (failures.length === 0) console.log(`lastcall lost 0 requests; without it ${bare.lost_total} were lost.`);
  else if (!bare.lost_total || wrapped.lost_total || wrapped.exit !== '0') console.error(wrapped.said.trimEnd());
  process.exitCode = failures.length === 0 ? 0 : 1;
}

main(path.resolve(process.argv[2] || 'build/release/lastcall')).catch((error) => {
  console.error(`FAILED: ${error.message}`);
  process.exit(1);
});
