// What does not end by itself: server-sent events and an Upgrade to a byte echo (WebSocket-like: 101, then bytes). Beside them the
// odd answers of HTTP/1.1, byte for byte, for the tests of the proxy: chunked with trailers, 204, 304, HEAD, interim, until close.
'use strict';
const http = require('http');
const sockets = { total: 0 };

function raw(request, text) {
  request.socket.write(text.replace(/\n/g, '\r\n'));
}

const routes = {
  '/': (request, response) => response.end('hello'),
  '/connections': (request, response) => response.end(String(sockets.total)),
  '/headers': (request, response) => response.end(JSON.stringify(request.rawHeaders)),
  '/target': (request, response) => response.end(request.url),
  '/chunked': (request, response) => {
    response.write('one ');
    response.write('two ');
    response.end('three');
  },
  '/none': (request, response) => response.writeHead(204).end(),
  '/same': (request, response) => response.writeHead(304, { ETag: '"a"' }).end(),
  '/early': (request, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    response.end('after the hints');
  },
  '/until-close': (request) => {
    raw(request, 'HTTP/1.0 200 OK\nContent-Type: text/plain\n\n');
    request.socket.end('as long as it lasts');
  },
  '/cut': (request) => {
    raw(request, 'HTTP/1.1 200 OK\nContent-Length: 100\n\nonly this');
    request.socket.end();
  },
  '/garbage': (request) => request.socket.end('this is no HTTP\r\n\r\n'),
  '/echo': (request, response) => request.pipe(response),
  '/big': (request, response) => {
    let left = Number(new URL(request.url, 'http://x').searchParams.get('bytes'));
    response.writeHead(200, { 'Content-Length': left });
    const block = Buffer.alloc(65536, 'x');
    const more = () => {
      while (left > 0) {
        const size = Math.min(left, block.length);
        left -= size;
        if (!response.write(block.subarray(0, size))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  },
  '/events': (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    let number = 0;
    const timer = setInterval(() => response.write(`data: ${number++}\n\n`), 50);
    response.on('close', () => {
      clearInterval(timer);
      console.log('stream closed');
    });
  },
};

const server = http.createServer((request, response) => {
  const route = routes[request.url.split('?')[0]];
  if (route) return route(request, response);
  response.writeHead(404).end('no such page');
});
server.on('connection', () => sockets.total++);
server.on('checkContinue', (request, response) => {
  if (request.url === '/refuse') return response.writeHead(417, { Connection: 'close' }).end('not this');
  response.writeContinue();
  request.pipe(response);
});
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  socket.on('close', () => console.log('tunnel closed'));
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n`);
  socket.write(head);
  socket.pipe(socket);
});
const where = process.env.SOCKET || Number(process.env.PORT || 3000);
server.listen(where, '127.0.0.1', () => console.log('listening'));
