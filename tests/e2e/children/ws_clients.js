// Many WebSocket clients (Debian's node-ws) with traffic that never rests: masked as all clients' is, half of it compressed, most of it
// fragmented, from 10 bytes to 1 MB. Says "open" when all are open and have had an answer, and at the end one line of JSON: how each
// connection was closed.  ws_clients.js PORT CONNECTIONS
'use strict';
const { randomBytes } = require('crypto');
const WebSocket = require('ws');

const [port, connections] = process.argv.slice(2).map(Number);
const sizes = [10, 125, 126, 1000, 20000, 65535, 65536, 100000];
const result = { opened: 0, closed: 0, clean: 0, codes: {}, bad_echo: 0, echoed: 0, errors: {} };
let talking = 0;

function count(table, key) {
  table[key] = (table[key] || 0) + 1;
}

function start(number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: number % 2 === 0 ? { threshold: 0 } : false });
  socket.binaryType = 'nodebuffer';
  let expected = null;
  const speak = () => {
    if (socket.readyState !== WebSocket.OPEN) return;
    const size = number % 100 === 0 ? 1 << 20 : sizes[Math.floor(Math.random() * sizes.length)];
    expected = randomBytes(size);
    const parts = size < 1000 ? 1 : 1 + Math.floor(Math.random() * 4);
    const length = Math.ceil(size / parts);
    for (let at = 0; at < size; at += length) {
      socket.send(expected.subarray(at, at + length), { binary: true, fin: at + length >= size });
    }
  };
  let first = true;
  socket.on('open', () => {
    result.opened++;
    speak();
  });
  socket.on('message', (data) => {
    if (!expected || !data.equals(expected)) result.bad_echo++;
    result.echoed++;
    if (first && ++talking === connections) console.log('open');
    first = false;
    setTimeout(speak, Math.random() * 500);
  });
  socket.on('error', (error) => count(result.errors, error.code || error.message));
  socket.addEventListener('close', (event) => {
    count(result.codes, event.code);
    if (event.wasClean) result.clean++;
    if (++result.closed === connections) {
      console.log(JSON.stringify({ event: 'closed', ...result }));
      process.exit(0);
    }
    if (result.opened < connections && first) console.log('not open');
  });
}

for (let number = 0; number < connections; number++) start(number);
