// What the clients of a service do while it stops: slow requests, keep-alive clients that GET and POST, newcomers, and idle
// connections. Everything that was sent is counted as answered, refused (nobody listens any more: nothing was sent, another instance
// would take it) or lost. Nothing is retried, so that nothing is hidden.
const http = require('http');
const net = require('net');

const KINDS = { slow: 8, keepalive: 16, newcomers: 4 }; // how many of each run side by side
const IDLE = 10;

// 503 says that nothing was done; any other error would be an answer that the server never gave.
const outcome = (status) => (status < 300 ? 'answered' : status === 503 ? 'unavailable' : 'lost');

function send(port, agent, method, path) {
  return new Promise((resolve) => {
    const body = method === 'POST' ? JSON.stringify({ item: 'one last drink' }) : '';
    const headers = body ? { 'content-type': 'application/json', 'content-length': body.length } : {};
    const request = http.request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      response.on('error', () => resolve('lost'));
      response.on('aborted', () => resolve('lost'));
      response.on('end', () => resolve(response.complete ? outcome(response.statusCode) : 'lost'));
      response.resume();
    });
    request.on('error', (error) => resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'lost'));
    request.end(body);
  });
}

class Clients {
  constructor(port) {
    this.port = port;
    this.stopped = false;
    this.inFlight = 0;
    this.counts = { answered: 0, unavailable: 0, refused: 0, idle_reset: 0, lost: { slow: 0, keepalive: 0, newcomers: 0 } };
    this.loops = [];
    this.firstSlowAnswer = new Promise((resolve) => (this.tellSlowAnswer = resolve));
  }

  start() {
    for (const [kind, howMany] of Object.entries(KINDS)) for (let i = 0; i < howMany; i++) this.loops.push(this.loop(kind, i));
    this.idle = Array.from({ length: IDLE }, () => this.idleConnection());
  }

  // One client: asks until nobody listens any more. A lost answer does not end it; a server that came back would be noticed.
  async loop(kind, index) {
    const agent = new http.Agent({ keepAlive: kind !== 'newcomers', maxSockets: 1 });
    for (let turn = index; !this.stopped; turn++) {
      const post = kind === 'keepalive' && turn % 2 === 1;
      this.inFlight++;
      const seen = await send(this.port, agent, post ? 'POST' : 'GET', kind === 'slow' ? '/slow' : post ? '/orders' : '/');
      this.inFlight--;
      if (seen === 'lost') this.counts.lost[kind]++;
      else this.counts[seen]++;
      if (kind === 'slow') this.tellSlowAnswer();
      if (seen === 'refused') break;
      await new Promise((resolve) => setTimeout(resolve, kind === 'slow' ? 0 : 5 + 10 * Math.random()));
    }
    agent.destroy();
  }

  // A browser that asked once and keeps its connection: it is polite to close it, rude to reset it.
  idleConnection() {
    const socket = net.connect(this.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    socket.on('error', (error) => (this.counts.idle_reset += error.code === 'ECONNRESET' ? 1 : 0));
    socket.resume();
    return socket;
  }

  async end() {
    await Promise.all(this.loops);
    for (const socket of this.idle) socket.destroy();
    const { slow, keepalive, newcomers } = this.counts.lost;
    return { ...this.counts, lost_total: slow + keepalive + newcomers };
  }
}

module.exports = { Clients };
